#include "bot/model/document.h"

const char *document_fault_name(enum document_fault f)
{
    static const char *const names[DOCUMENT_FAULTS] = {"fine", "too_big", "gone", "unreachable",
                                                       "not_text"};
    return names[f];
}
