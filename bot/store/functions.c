#include "bot/store/functions.h"

/* The assembler reads the file itself, so that no generator is needed. */
__asm__(".pushsection .rodata\n"
        ".globl functions_lua\n"
        ".type functions_lua, %object\n"
        "functions_lua:\n"
        ".incbin \"bot/store/functions.lua\"\n"
        ".byte 0\n"
        ".size functions_lua, . - functions_lua\n"
        ".popsection\n");
