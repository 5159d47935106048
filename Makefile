# make            build/zaide
# make check      unit tests and talks under ASan and UBSan, and the repository's own rules: two minutes
# make e2e        the real thing: redis-server, fake platforms, kill -9 (needs Node.js)
# make fuzz       every parser, FUZZ_SECONDS each (default 60)
# make bench      speed and memory beside named peers
# make help       this text

CC       ?= gcc
PKGS      = libuv libcurl libmicrohttpd hiredis icu-uc icu-i18n yaml-0.1 libsodium nettle
WARN      = -Wall -Wextra -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wshadow
BASE_FLAGS := -std=gnu11 -I. -D_GNU_SOURCE -include bot/base/banned.h $(WARN) $(shell pkg-config --cflags $(PKGS))
LIBS     := $(shell pkg-config --libs $(PKGS)) -lm

# SAN=1 builds into a folder of its own, so that both builds stay warm.
ifdef SAN
OUT       = build/san
CFLAGS   ?= -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -Werror \
            -Wno-format-truncation  # false alarms of the instrumented code
LDFLAGS  += -fsanitize=address,undefined
else ifdef FUZZ
OUT       = build/fuzz
CC        = clang
CFLAGS   ?= -O1 -g -Wno-unknown-pragmas -Wno-bitwise-instead-of-logical \
            -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
LDFLAGS  += -fsanitize=fuzzer,address,undefined
else
OUT       = build/release
CFLAGS   ?= -O2 -g -Werror
# Of ICU the program needs a part. Linked into it, it takes 2 MB less of memory than as three libraries and C++'s.
# (30 MB of the file are ICU's data, most of it never read.)
ICU      := $(wildcard $(addprefix $(shell pkg-config --variable=libdir icu-uc)/,libicui18n.a libicuuc.a libicudata.a))
WITH_ICU  = -Wl,--gc-sections,-z,pack-relative-relocs -static-libgcc -l:libstdc++.a
endif

CORE  := $(wildcard bot/base/*.c bot/model/*.c bot/ports/*.c bot/io/*.c bot/store/*.c bot/flow/*.c bot/commands/*.c)
PARTS := $(wildcard adapters/*.c adapters/*/*.c handlers/*.c handlers/*/*.c)
OBJS  := $(patsubst %.c,$(OUT)/%.o,$(CORE) $(PARTS))
UNIT  := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(wildcard tests/unit/test_*.c))

all: build/zaide

build/zaide: $(OUT)/zaide
	@ln -sf $(patsubst build/%,%,$<) $@

$(OUT)/zaide: $(OUT)/bot/main.o $(OUT)/libzaide.a $(ICU)
	@echo "  LD   $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(if $(ICU),$(WITH_ICU) $(filter-out -licu%,$(LIBS)),$(LIBS))

$(OUT)/libzaide.a: $(OBJS)
	@rm -f $@ && ar rcs $@ $^

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(BASE_FLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# What travels inside the program: the Redis function library, the BIP-39 word lists.
$(OUT)/bot/store/functions.o: bot/store/functions.lua bot/store/lists.lua
$(OUT)/handlers/guard/bip39.o: handlers/guard/words/bip39.txt

$(OUT)/unit/%: tests/unit/%.c $(OUT)/libzaide.a
	@mkdir -p $(@D)
	@echo "  LD   $@"
	@$(CC) $(BASE_FLAGS) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(OUT)/libzaide.a $(LDFLAGS) $(LIBS) -lcmocka

$(OUT)/talks: $(OUT)/tests/talks/player/play.o $(OUT)/tests/talks/player/stage.o $(OUT)/tests/talks/player/links.o \
               $(OUT)/tests/talks/player/people.o $(OUT)/tests/talks/player/exam.o $(OUT)/libzaide.a
	@echo "  LD   $@"
	@$(CC) -o $@ $^ $(LDFLAGS) $(LIBS)

$(OUT)/fuzz_%: tests/fuzz/fuzz_%.c $(OUT)/libzaide.a
	@echo "  LD   $@"
	@$(CC) $(BASE_FLAGS) $(CFLAGS) -o $@ $< $(OUT)/libzaide.a $(LDFLAGS) $(LIBS)

.PHONY: all check tests-build fuzz-build e2e fuzz bench help clean format
fuzz-build: $(patsubst tests/fuzz/%.c,$(OUT)/%,$(wildcard tests/fuzz/fuzz_*.c))

tests-build: $(OUT)/zaide $(OUT)/talks $(UNIT)

check:
	@$(MAKE) --no-print-directory SAN=1 tests-build
	@scripts/check-rules
	@scripts/run-unit
	@scripts/run-talks

e2e:
	@$(MAKE) --no-print-directory SAN=1 build/san/zaide
	@scripts/run-e2e

fuzz:
	@scripts/run-fuzz $(or $(FUZZ_SECONDS),60)

bench: build/zaide
	@scripts/bench

help:
	@sed -n 's/^# \(make.*\)/\1/p' Makefile

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build

-include $(OBJS:.o=.d) $(OUT)/bot/main.d $(UNIT:=.d) $(wildcard $(OUT)/tests/talks/player/*.d)
