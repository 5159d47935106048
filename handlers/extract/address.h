/* What addresses and transaction ids of each chain look like, with their checksums. Pure.
 *
 * Sources: BIP-13, 84, 86, 141, 173, 350; SLIP-44, 173; ERC-55; https://xrpl.org (addresses,
 * X-addresses); SEP-23; https://docs.ton.org (smart contract addresses); CIP-19; Algorand's,
 * Tezos's, Polkadot's (SS58), Hedera's (HIP-15) documents; trustwallet/wallet-core registry.json.
 */
#ifndef ZAIDE_EXTRACT_ADDRESS_H
#define ZAIDE_EXTRACT_ADDRESS_H

#include "bot/base/util.h"

enum reading { READING_NONE, READING_WRONG /* looks like one */, READING_RIGHT };

/* *chains: those it is of, or looks to be of, with blanks between. */
enum reading address_read(const char *s, size_t len, const char **chains);

/* The tag that an XRP X-address carries, or -1. */
int64_t address_packed_tag(const char *s, size_t len);

/* A whole string that names an account only where its chain is spoken of: Aptos 0x1, HBAR 0.0.123,
 * EOS names. */
enum reading address_read_short(const char *s, size_t len, const char **chains);

#endif
