# Saldo. `make help` lists the targets.
#
# V=release (default), asan, tsan or fuzz chooses the build below build/; CC=clang works too.

V       ?= release
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
PREFIX  ?= /usr/local
DESTDIR ?=
B       := build/$(V)
GEN     := build/gen

PACKAGES := libzmq liblmdb libprotobuf-c libsodium jansson inih libsystemd
PKGS     := libzmq libprotobuf-c libsodium jansson inih libsystemd

WARN := -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wvla -Wformat=2 \
        -Wnull-dereference -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes -Werror
HARD := -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero \
        -fno-strict-overflow -fno-strict-aliasing
release_FLAGS := -O2 -D_FORTIFY_SOURCE=2 $(HARD)
asan_FLAGS    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
tsan_FLAGS    := -O1 -fsanitize=thread -fno-omit-frame-pointer
fuzz_FLAGS    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
ifneq (,$(findstring gcc,$(CC)))
WARN += -Wno-null-dereference
endif

CFLAGS   ?= -g
CPPFLAGS += -D_GNU_SOURCE -Iproto -Idaemon -Iclient-lib -Itools -I. -isystem $(GEN)
ALL_CFLAGS := -std=c17 -fPIC -pthread $(CFLAGS) $(WARN) $($(V)_FLAGS)
ALL_LDFLAGS := -pthread $(filter -fsanitize=%,$($(V)_FLAGS)) -Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS)
LIBS := -lzmq -llmdb -lprotobuf-c -lsodium -ljansson -linih -lsystemd -lm

# A folder's objects: every .c in it.
objects = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)))

PROTO_O  := $(call objects,proto/*.c proto/base/*.c) $(B)/gen/saldo.pb-c.o
STAGE_O  := $(call objects,daemon/*/*.c)
DAEMON_O := $(filter-out $(B)/daemon/main.o,$(call objects,daemon/*.c)) $(STAGE_O)
CLIENT_O := $(filter-out $(B)/client-lib/example.o,$(call objects,client-lib/*.c))
TOOLS_O  := $(filter-out $(B)/tools/saldo.o,$(call objects,tools/*.c tools/*/*.c))
SUPPORT_O := $(call objects,tests/support/*.c)

TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c tests/rules/test_*.c tests/sim/test_*.c))
SCENARIOS := $(sort $(wildcard tests/scenario/test_*.sh))
FUZZERS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/bench_*.c))

.PHONY: all help deps test check unit scenario tidy demo bench crash fuzz tsan clean install format
.DEFAULT_GOAL := all
.SECONDARY:

all: $(B)/saldod $(B)/saldo $(B)/libsaldo.so $(B)/libsaldo.a $(B)/example ## build everything

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(GEN)/saldo.pb-c.c $(GEN)/saldo.pb-c.h &: proto/saldo.proto
	@mkdir -p $(GEN)
	protoc-c --proto_path=proto --c_out=$(GEN) saldo.proto

$(B)/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out $(WARN),$(ALL_CFLAGS)) -c $< -o $@

$(B)/%.o: %.c $(GEN)/saldo.pb-c.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d)

$(B)/saldod: $(B)/daemon/main.o $(DAEMON_O) $(PROTO_O)
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ $(LIBS)

$(B)/saldo: $(B)/tools/saldo.o $(TOOLS_O) $(CLIENT_O) $(DAEMON_O) $(PROTO_O)
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ $(LIBS)

$(B)/libsaldo.a: $(CLIENT_O) $(PROTO_O)
	@rm -f $@
	ar rcs $@ $^

$(B)/libsaldo.so: $(CLIENT_O) $(PROTO_O) client-lib/libsaldo.map
	$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,libsaldo.so.0 -Wl,--version-script=client-lib/libsaldo.map \
	    $(filter %.o,$^) -o $@ -lzmq -lprotobuf-c -lsodium -linih
	ln -sf libsaldo.so $(B)/libsaldo.so.0

$(B)/example: $(B)/client-lib/example.o $(B)/libsaldo.a
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ -lzmq -lprotobuf-c -lsodium -linih

$(B)/tests/%: $(B)/tests/%.o $(SUPPORT_O) $(TOOLS_O) $(CLIENT_O) $(DAEMON_O) $(PROTO_O)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ -lcmocka $(LIBS)
