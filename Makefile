# Jevons: build, test, check, install. `make help` lists the targets.
#
# Out of tree in $(BUILD); quiet unless V=1; every knob can be set on the command line:
#   make CC=clang   make BUILD=build/asan SANITIZE=address,undefined   make WERROR=1

BUILD   ?= build
CC      ?= cc
AR      ?= ar
OPT     ?= -O2
PREFIX  ?= /usr/local
DESTDIR ?=
V       ?= 0
VERSION := 0.1.0

PKG_CONFIG ?= pkg-config
CORE_PKGS  := libcjson lapacke openblas nlopt
HOST_PKGS  := lua5.4 lua5.4-filesystem libedit libcmark

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wundef -Wvla \
        -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes $(if $(WERROR),-Werror) \
        $(if $(SANITIZE),-Wno-format-truncation) # the instrumented code hides the ranges of numbers
# No contraction to fused multiply-add: the same bytes whatever the compiler's mood. Never -ffast-math.
MODE := -std=c11 -D_POSIX_C_SOURCE=200809L -ffp-contract=off -fPIC -g $(OPT) \
        $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
CORE_CFLAGS  = $(MODE) $(WARN) -Icore $(shell $(PKG_CONFIG) --cflags $(CORE_PKGS) 2>/dev/null) $(CFLAGS)
BIND_CFLAGS  = $(CORE_CFLAGS) -Ibindings -I$(BUILD) -DJV_VERSION='"$(VERSION)"' \
               $(shell $(PKG_CONFIG) --cflags $(HOST_PKGS) 2>/dev/null)
CORE_LIBS    = $(shell $(PKG_CONFIG) --libs $(CORE_PKGS) 2>/dev/null) -lm -lpthread
HOST_LIBS    = $(shell $(PKG_CONFIG) --libs $(HOST_PKGS) 2>/dev/null) -ldl
LINK         = $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)

CORE_SRC := $(sort $(shell find core -name '*.c'))
BIND_SRC := $(sort $(wildcard bindings/*.c))
HOST_SRC := $(sort $(wildcard bindings/host/*.c))
TEST_SRC := $(sort $(wildcard tests/core/test_*.c tests/bindings/test_*.c))
LUA_SRC  := $(sort $(shell find scripts -type f))
CORE_OBJ := $(CORE_SRC:%.c=$(BUILD)/%.o)
BIND_OBJ := $(BIND_SRC:%.c=$(BUILD)/%.o)
HOST_OBJ := $(HOST_SRC:%.c=$(BUILD)/%.o)
TEST_BIN := $(patsubst %.c,$(BUILD)/tests/%,$(notdir $(TEST_SRC)))

# As many jobs as cores where the caller did not say.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

Q := $(if $(filter 0,$(V)),@)
say = $(if $(filter 0,$(V)),@printf '  %-7s %s\n' '$(1)' '$(2)')

.DEFAULT_GOAL := default
.PHONY: default all demo test test-core test-lua test-programs check fuzz asan ubsan tsan valgrind cov bench \
        docs install clean deps deps-test help objects
.SECONDARY:

include tests/tools/packages.mk

default: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all

all: $(BUILD)/jevons $(BUILD)/jevons.so $(BUILD)/libjevons.a $(BUILD)/libjevons.so

objects: $(CORE_OBJ) $(BIND_OBJ) $(HOST_OBJ)

$(BUILD)/libjevons.a: $(CORE_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/libjevons.so: $(CORE_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) -shared -Wl,-soname,libjevons.so.0 $(LINK) -o $@ $^ $(CORE_LIBS)

# What `require "jevons"` loads into the distribution's lua5.4: no liblua of its own.
$(BUILD)/jevons.so: $(BIND_OBJ) $(BUILD)/scripts.o $(BUILD)/libjevons.a
	$(call say,LD,$@)
	$(Q)$(CC) -shared $(LINK) -o $@ $^ $(CORE_LIBS) -llua5.4-filesystem $(shell $(PKG_CONFIG) --libs libcmark)

$(BUILD)/jevons: $(HOST_OBJ) $(BIND_OBJ) $(BUILD)/scripts.o $(BUILD)/libjevons.a
	$(call say,LD,$@)
	$(Q)$(CC) -rdynamic $(LINK) -o $@ $^ $(CORE_LIBS) $(HOST_LIBS)

$(BUILD)/core/%.o: core/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CORE_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/bindings/%.o: bindings/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BIND_CFLAGS) -MMD -MP -c -o $@ $<

# All of scripts/ as one C table, and the charts' library that reports carry: the binary runs alone,
# from any directory.
DYGRAPHS ?= /usr/share/javascript/dygraphs
CHART_LIB := $(wildcard $(DYGRAPHS)/dygraph.min.js $(DYGRAPHS)/dygraph.css)

$(BUILD)/scripts.c: tests/tools/embed.lua $(LUA_SRC) $(CHART_LIB)
	$(call say,EMBED,scripts)
	@mkdir -p $(@D)
	$(Q)lua5.4 tests/tools/embed.lua scripts $(foreach f,$(CHART_LIB),report/$(notdir $f)=$f) > $@.tmp && mv $@.tmp $@

$(BUILD)/scripts.o: $(BUILD)/scripts.c
	$(Q)$(CC) $(BIND_CFLAGS) -c -o $@ $<

# ---- tests

$(BUILD)/tests/%: tests/core/%.c $(BUILD)/libjevons.a
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CORE_CFLAGS) -Itests/core $(LINK) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libjevons.a -lcmocka $(CORE_LIBS)

# Those of the bindings link them, the scripts and liblua as well.
$(BUILD)/tests/%: tests/bindings/%.c $(BIND_OBJ) $(BUILD)/scripts.o $(BUILD)/libjevons.a
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BIND_CFLAGS) -Itests/core $(LINK) -MMD -MP -MF $@.d -o $@ $< $(BIND_OBJ) $(BUILD)/scripts.o \
	  $(BUILD)/libjevons.a -lcmocka $(CORE_LIBS) $(HOST_LIBS)

test: deps deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) all $(TEST_BIN)
	@sh tests/tools/run_tests.sh $(BUILD)

test-programs: $(TEST_BIN)

test-core: $(TEST_BIN)
	@sh tests/tools/run_tests.sh $(BUILD) core

test-lua: all
	@sh tests/tools/run_tests.sh $(BUILD) lua

asan: deps deps-test
	@BUILD=$(BUILD) sh tests/tools/run_asan.sh

# One sanitizer alone, for speed; asan holds both.
ubsan: deps deps-test
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/ubsan SANITIZE=undefined test-core

# What runs in several threads: the crew, and the program with --jobs.
tsan: deps deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) BUILD=$(BUILD)/tsan OPT=-O1 SANITIZE=thread all $(BUILD)/tsan/tests/test_crew
	@BUILD=$(BUILD) sh tests/tools/run_tsan.sh

valgrind: deps deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) test-programs
	@sh tests/tools/run_valgrind.sh $(BUILD)

# Lines of the core that its own tests reach, file by file.
cov: deps deps-test
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/cov OPT='-O0 --coverage' LDFLAGS=--coverage test-core
	@cd $(BUILD)/cov && find core -name '*.gcda' | xargs gcov -n -r -s .. 2>/dev/null | \
	  awk '/^File .core/ {f = $$2} /^Lines/ && f {print f, $$0; f = ""}' | sort

# The manual, and LuaCATS annotations for editors, out of the registered documentation.
docs: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@mkdir -p $(BUILD)/docs
	@$(BUILD)/jevons -e 'print(require "jevons.manual"("$(BUILD)/docs"))'

check: deps deps-test
	@sh tests/tools/check.sh $(BUILD)

fuzz:
	@sh tests/tools/run_fuzz.sh $(BUILD) $(FUZZ_SECONDS)

BENCH_BIN := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(sort $(wildcard tests/bench/*.c)))

$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/libjevons.a
	$(call say,BENCH,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CORE_CFLAGS) $(LINK) -MMD -MP -MF $@.d -o $@ $< $(BUILD)/libjevons.a $(CORE_LIBS)

bench: all $(BENCH_BIN)
	@sh tests/bench/run.sh $(BUILD)

# ---- running

demo: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@mkdir -p $(BUILD)/demo
	@$(BUILD)/jevons examples/hyperscalers.lua $(BUILD)/demo

# ---- installation

INSTALLED_HEADERS := $(sort $(shell find core -name '*.h'))

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/lib/lua/5.4 \
	  $(DESTDIR)$(PREFIX)/share/jevons $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(BUILD)/jevons $(DESTDIR)$(PREFIX)/bin/jevons
	install -m 644 $(BUILD)/libjevons.a $(DESTDIR)$(PREFIX)/lib/libjevons.a
	install -m 755 $(BUILD)/libjevons.so $(DESTDIR)$(PREFIX)/lib/libjevons.so.0
	ln -sf libjevons.so.0 $(DESTDIR)$(PREFIX)/lib/libjevons.so
	install -m 755 $(BUILD)/jevons.so $(DESTDIR)$(PREFIX)/lib/lua/5.4/jevons.so
	install -m 644 bindings/host/jevons.1 $(DESTDIR)$(PREFIX)/share/man/man1/jevons.1
	for h in $(INSTALLED_HEADERS:core/%=%); do \
	  install -D -m 644 core/$$h $(DESTDIR)$(PREFIX)/include/jevons/$$h || exit 1; done
	for f in $(LUA_SRC:scripts/%=%); do \
	  install -D -m 644 scripts/$$f $(DESTDIR)$(PREFIX)/share/jevons/scripts/$$f || exit 1; done
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: jevons' \
	  'Description: forecasting primitives for time series and capital expenditure' \
	  'Version: $(VERSION)' 'Requires.private: $(CORE_PKGS)' 'Cflags: -I$${prefix}/include/jevons' \
	  'Libs: -L$${prefix}/lib -ljevons' 'Libs.private: -lm -lpthread' \
	  > $(DESTDIR)$(PREFIX)/lib/pkgconfig/jevons.pc

# ---- dependencies: each does nothing when all packages are there

deps:
	@sh tests/tools/install_packages.sh $(RUN_PACKAGES)

deps-test:
	@sh tests/tools/install_packages.sh $(TEST_PACKAGES)

clean:
	rm -rf $(BUILD)

help:
	@echo 'make            install what is missing, build $(BUILD)/jevons'
	@echo 'make demo       the hyperscaler report out of bundled filings, into $(BUILD)/demo'
	@echo 'make test       all tests, C and Lua'
	@echo 'make check      layers, headers, docs, luacheck, clang-tidy, cppcheck, warnings'
	@echo 'make asan       all tests under address, undefined and leak sanitizers'
	@echo 'make tsan       what runs in threads under the thread sanitizer'
	@echo 'make fuzz       CSV, JSON, periods and panels against bytes at random (FUZZ_SECONDS=10 each)'
	@echo 'make bench      speed and accuracy, beside R where it is installed'
	@echo 'make install    PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)'
	@echo 'make deps       install the packages for building; deps-test: those for tests'

-include $(CORE_OBJ:.o=.d) $(BIND_OBJ:.o=.d) $(HOST_OBJ:.o=.d) $(TEST_BIN:=.d) $(BENCH_BIN:=.d)
