/* What transaction ids of each chain look like. They carry no checksum (but for Tezos): only their
 * letters and length can be wrong. Pure.
 *
 * Source: trustwallet/wallet-core registry.json, one sample a chain. */
#ifndef ZAIDE_EXTRACT_TXID_H
#define ZAIDE_EXTRACT_TXID_H

#include "handlers/extract/address.h"

/* *chains: those whose ids look so, with blanks between. */
enum reading txid_read(const char *s, size_t len, const char **chains);

/* The same where the chain is known ("EVM:bsc"); of a chain that is not in our list any form will
 * do. */
enum reading txid_read_of(const char *s, size_t len, const char *chain);

/* Is a chain among those with blanks between? "EVM:bsc" is where "EVM" is. */
bool chains_have(const char *chains, const char *chain);

#endif
