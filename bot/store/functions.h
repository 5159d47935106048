/* The Redis function library (functions.lua and lists.lua) as a string inside the program. */
#ifndef ZAIDE_STORE_FUNCTIONS_H
#define ZAIDE_STORE_FUNCTIONS_H

extern const char functions_lua[];

#endif
