/* Calls that cannot be used safely fail to compile. Included before every file by the Makefile. */
#ifndef ZAIDE_BASE_BANNED_H
#define ZAIDE_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets atoi atol atof localtime gmtime ctime asctime

#endif
