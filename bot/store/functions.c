#include "bot/store/functions.h"

/* The assembler reads the files itself, so that no generator is needed: one after the other they
 * are one library. */
__asm__(".pushsection .rodata\n"
        ".globl functions_lua\n"
        ".type functions_lua, %object\n"
        "functions_lua:\n"
        ".incbin \"bot/store/functions.lua\"\n"
        ".incbin \"bot/store/lists.lua\"\n"
        ".byte 0\n"
        ".size functions_lua, . - functions_lua\n"
        ".popsection\n");
