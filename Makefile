# Builds the library, every program of svsem/, the scope and the session engine.
# Programs stand in svsem/, all else that is generated in build/.  `make help` lists the targets.

CFLAGS = -O2 -g
WARN   = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
ifdef SAN
SANFLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
COMPILE = $(CC) -std=gnu11 $(WARN) -Ilib $(CFLAGS) $(SANFLAGS)
DEPS    = -MMD -MP -MF build/dep/$(subst /,-,$@).d
LINK    = $(LDFLAGS) -pthread

# It knows no kernel's headers: those of this system, after its own.
ifeq ($(notdir $(CC)),musl-gcc)
WARN += -idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -print-multiarch)
endif

# What would change the words, the rules or the patience of every bash below; a locale may be set that is not installed.
export LC_ALL = C
unexport BASH_ENV BASHOPTS CDPATH POSIXLY_CORRECT SHELLOPTS TMOUT

LIB      = build/libsvsem.a
LIBOBJS  = $(patsubst lib/%.c,build/lib/%.o,$(wildcard lib/*.c)) build/lib/names.o
PROGRAMS = $(patsubst %.c,%,$(wildcard svsem/*.c))
SCOPE    = $(if $(wildcard svsem/scope/*.c),svsem/svsem_scope)
REPLAY   = $(if $(wildcard tests/replay/*.c),build/replay)

# What `make install` puts in people's PATH, each with its page in docs/man/; DESTDIR is for those who make packages.
TOOLS   = create info ls mon op rm scope
PREFIX  = /usr/local
bindir  = $(PREFIX)/bin
mandir  = $(PREFIX)/share/man
INSTALL = install

TESTPROGRAMS = $(patsubst tests/programs/%.c,build/tests/%,$(wildcard tests/programs/*.c))

all: $(LIB) $(PROGRAMS) $(SCOPE) $(REPLAY) $(TESTPROGRAMS) build/teeth.so  ## build everything (the default)

$(PROGRAMS): %: %.c $(LIB) build/flags
	@echo "CC $@"
	@$(COMPILE) $(DEPS) -o $@ $< $(LIB) $(LINK)

$(TESTPROGRAMS): build/tests/%: tests/programs/%.c $(LIB) build/flags
	@mkdir -p build/tests
	@echo "CC $@"
	@$(COMPILE) $(DEPS) -o $@ $< $(LIB) $(LINK)

svsem/svsem_scope: $(wildcard svsem/scope/*.[ch]) $(LIB) build/flags
	@echo "CC $@"
	@$(COMPILE) -o $@ $(filter %.c %.a,$^) $(LINK)

build/replay: $(wildcard tests/replay/*.[ch]) svsem/scope/namespace.c svsem/scope/helpers.c $(LIB) build/flags
	@echo "CC $@"
	@$(COMPILE) -iquote svsem/scope -o $@ $(filter %.c %.a,$^) $(LINK)

# Loaded before libc, makes calls fail or go wrong.
build/teeth.so: tests/teeth/teeth.c build/flags
	@echo "CC $@"
	@$(COMPILE) -shared -fPIC -o $@ $< -ldl

$(LIB): $(LIBOBJS)
	@rm -f $@
	@$(AR) rc $@ $^

build/lib/%.o: lib/%.c build/flags
	@echo "CC $@"
	@$(COMPILE) $(DEPS) -c -o $@ $<

# The names of this system's errors and signals.
build/names.c: lib/names.awk build/flags
	@printf '#include <errno.h>\n#include <signal.h>\n' | $(CC) -E -dM - | awk -f lib/names.awk > $@.new
	@mv $@.new $@

build/lib/names.o: build/names.c
	@$(COMPILE) -c -o $@ $<

# Changes only when the compiler or its flags do, and then everything is built anew.
build/flags: FORCE
	@mkdir -p build/dep build/lib
	@echo '$(COMPILE) $(LINK)' | cmp -s - $@ || echo '$(COMPILE) $(LINK)' > $@

# By exec: a command that Ctrl-C ends before make has heard of it makes make say "wait: No child processes", and a shell ends
# at once.
demo: all  ## watch a session type itself: semaphores block and wake, live
	@tests/doctor -q sets
	@ulimit -c 0; exec build/replay show README.md\#readme-first
	@ulimit -c 0; if why=$$(tests/doctor -q ptrace); then \
	    printf '\nThe same commands, drawn: time runs to the right, a line a process.\n\n'; \
	    cd svsem && exec ./svsem_scope trace -- bash -c 'set -- $$(./svsem_demo 0); \
	        ./svsem_demo $$4 -2 & ./svsem_demo $$4 +3; wait; ./svsem_rm $$4; exit' 2>&1 >/dev/null; \
	else printf '\nHere svsem_scope would draw the same commands, but %s\n' "$$why"; fi

figures: all  ## draw docs/figures/ anew, from real runs
	@tests/doctor -q ptrace
	@tests/figures docs/figures

facts: all  ## ask this kernel every claim that the programs make
	@tests/facts

doctor: all  ## what this machine allows, and what an administrator would change
	@tests/doctor

test: all  ## replay every page, run every test; last line: N passed, N failed
	@tests/run

install: $(TOOLS:%=svsem/svsem_%)  ## put the tools, with manual pages, under PREFIX=/usr/local
	$(INSTALL) -d "$(DESTDIR)$(bindir)" "$(DESTDIR)$(mandir)/man1" || \
	    { echo 'Not allowed? In a place of yours: make PREFIX=$$HOME/.local install' >&2; exit 1; }
	$(INSTALL) -m 755 $^ "$(DESTDIR)$(bindir)"
	$(INSTALL) -m 644 $(TOOLS:%=docs/man/svsem_%.1) "$(DESTDIR)$(mandir)/man1"

uninstall:  ## remove them from there
	rm -f $(TOOLS:%="$(DESTDIR)$(bindir)/svsem_%") $(TOOLS:%="$(DESTDIR)$(mandir)/man1/svsem_%.1")

clean:  ## remove everything that was built
	rm -rf build $(PROGRAMS) svsem/svsem_scope

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile
	@echo 'make SAN=1 ...  the same with address and undefined-behaviour sanitizers'

FORCE:
.PHONY: all demo doctor figures facts test install uninstall clean help FORCE
-include $(wildcard build/dep/*.d)
