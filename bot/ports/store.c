#include "bot/ports/store.h"

void store_ignore(void *arg, enum store_status status)
{
    (void)arg;
    (void)status;
}
