# SPDX-License-Identifier: GPL-2.0
#
# Builds and runs everything; all that is generated lies under build/.
# `make help` lists the targets.  Nothing here runs a compiler while the file
# is read, so that a machine with only git and make gets as far as tools/deps,
# which names and installs what is missing.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
# Parallel unless the caller said how many jobs to run.
ifeq ($(filter -j% --jobs%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
.DELETE_ON_ERROR:
.SECONDARY:

# ---- settings ----------------------------------------------------------------

# On a machine of another kind everything for the guest is cross-compiled.
ifneq ($(shell uname -m),x86_64)
CROSS_COMPILE ?= x86_64-linux-gnu-
MUSLCC ?= $(CROSS_COMPILE)gcc -specs /usr/lib/x86_64-linux-musl/musl-gcc.specs
endif
CROSS_COMPILE ?=
export CROSS_COMPILE
CC := $(if $(filter default undefined,$(origin CC)),$(CROSS_COMPILE)gcc,$(CC))
LD := $(CROSS_COMPILE)ld
NM := $(CROSS_COMPILE)nm
OBJCOPY := $(CROSS_COMPILE)objcopy
NASM ?= nasm
HOSTCC ?= $(if $(findstring clang,$(CC)),$(CC),gcc)
MUSLCC ?= musl-gcc
MEMLOCK ?= task
APPEND ?=
SECONDS ?= 1800
EXTRA_CFLAGS ?=
V ?= 0

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' $(1) $(2))

clang := $(findstring clang,$(notdir $(CC)))
# A cross compiler does not look where libbsd's headers are.
cross := $(if $(CROSS_COMPILE),-idirafter /usr/include)

KCFLAGS := -std=gnu11 -O2 -g -ffreestanding -fno-stack-protector \
	-mno-red-zone -mcmodel=kernel -mno-sse -mno-mmx -mno-80387 -fno-pic \
	-fno-pie -fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
	-fno-strict-aliasing -fno-common -Wall -Wextra -Werror \
	-Wno-sign-compare -Wno-unused-parameter -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wundef -I. -Iarch/x86_64/include \
	$(if $(clang),--target=x86_64-linux-gnu) $(cross) $(EXTRA_CFLAGS)

EFICFLAGS := -std=gnu11 -O2 -g -ffreestanding -fshort-wchar -fpic \
	-fno-stack-protector -mno-red-zone -fno-strict-aliasing -mno-avx \
	-fno-asynchronous-unwind-tables -DGNU_EFI_USE_MS_ABI -Wall -Wextra \
	-Werror -Wno-sign-compare -Wno-unused-parameter -I. \
	-isystem /usr/include/efi -isystem /usr/include/efi/x86_64 \
	$(if $(clang),--target=x86_64-linux-gnu,-maccumulate-outgoing-args)

UCFLAGS := -std=gnu11 -O2 -g -static -Wall -Wextra -Werror \
	-Wno-unused-parameter -Wno-sign-compare -idirafter build/uapi

HOSTCFLAGS := -std=gnu11 -O1 -g -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer \
	-fno-strict-aliasing -Wall -Wextra -Werror -Wno-sign-compare \
	-Wno-unused-parameter -Iarch/host/include -I. -Iarch/x86_64/include

XCFLAGS := -std=gnu11 -O3 -g -fno-pie -fno-strict-aliasing -Wall -Wextra \
	-Werror -Wno-sign-compare -Wno-unused-parameter -Wno-clobbered \
	-DHOST_TABLE_BITS=3 -DHOST_TASK_SIZE=0x18000ul -DHOST_TLB_SIZE=16 \
	-DRADIX_BITS=3 \
	-Iarch/host/include -I. -Iarch/x86_64/include
XASAN := -fsanitize=address

PLUGINCFLAGS := -std=gnu11 -O2 -g -shared -fPIC -Wall -Wextra -Werror \
	-Wno-unused-parameter

# ---- what there is -----------------------------------------------------------

kdirs := arch/x86_64 kernel mm fs fs/ext2 ipc drivers lib
ksrcs := $(sort $(foreach d,$(kdirs),$(wildcard $(d)/*.c $(d)/*.asm)) \
	$(wildcard boot/pvh.asm))
kobjs := $(ksrcs:%=build/k/%.o)
eobjs := $(patsubst %,build/efi/%.o,$(sort $(wildcard boot/efi/*.c)))
uprogs := $(patsubst user/%.c,build/user/%,$(sort $(wildcard user/*.c)))
gtests := $(patsubst tests/guest/%.c,build/guest/%,\
	$(sort $(wildcard tests/guest/*.c)))
glib := $(patsubst tests/guest/%.c,build/guest/%.o,\
	$(sort $(wildcard tests/guest/lib/*.c)))

benches := $(addprefix build/bench/,bench curves swap first tiny)

kernel := build/holdfast.elf
# GNU-EFI for x86-64 is to be had on such machines only.
efi := $(if $(eobjs),$(if $(filter x86_64,$(shell uname -m)),build/BOOTX64.EFI))
boot-helpers := build/boot/page_states build/boot/hot_spots \
	build/profiler/profile.so $(if $(efi),build/stale_map.EFI)

.PHONY: all run test test-unit test-guest test-oracle test-boot test-explore \
	test-programs programs soak faults lab test-labs control mutants bench doctor size lint clean help \
	kernel user guest-tests unit-tests explore explorer mmrun boot-helpers gdb \
	force

all: kernel user profiler $(efi) build/initrd.cpio

kernel: $(kernel)
user: $(uprogs)
guest-tests: $(gtests)
boot-helpers: $(boot-helpers)

# Checked once, and again whenever the list of what is needed changes.  musl's
# headers lack Linux's own: build/uapi has those, and nothing of another libc.
build/.deps: tools/deps
	@mkdir -p build
	@tools/deps
	@mkdir -p build/uapi
	@for d in linux asm-generic; do \
		ln -sfn /usr/include/$$d build/uapi/$$d; done
	@for d in /usr/include /usr/x86_64-linux-gnu/include \
			/usr/include/x86_64-linux-gnu; do \
		if [ -f $$d/asm/unistd_64.h ]; then \
			ln -sfn $$d/asm build/uapi/asm; fi; done
	@touch $@

# Changes when the compiler or its flags do: what they made is made again.
flags-cc := $(CC) $(KCFLAGS) / $(EFICFLAGS) / $(HOSTCC) $(HOSTCFLAGS) / \
	$(XCFLAGS) $(XASAN) $(PLUGINCFLAGS)
flags-musl := $(MUSLCC) $(UCFLAGS)
build/.flags-%: force | build/.deps
	@echo '$(flags-$*)' | cmp -s - $@ || echo '$(flags-$*)' >$@

# ---- the kernel --------------------------------------------------------------

build/k/%.c.o: %.c build/.flags-cc | build/.deps
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KCFLAGS) -MMD -MP -c -o $@ $<

build/k/%.asm.o: %.asm | build/.deps
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)$(NASM) -f elf64 -g -F dwarf -I. -MD $(@:.o=.d) -MP -o $@ $<

# Linked twice: the symbols of the first image become a table in the second.
# The table lies behind the text, so no function moves.
build/k/empty-syms.asm: tools/mksyms.sh | build/.deps
	@mkdir -p $(@D)
	$(Q)tools/mksyms.sh </dev/null >$@

build/k/syms.asm: build/k/stage1.elf tools/mksyms.sh
	$(call say,SYMS,$@)
	$(Q)$(NM) -n $< | tools/mksyms.sh >$@

build/k/syms.o build/k/empty-syms.o: build/k/%.o: build/k/%.asm
	$(Q)$(NASM) -f elf64 -o $@ $<

build/k/stage1.elf: $(kobjs) build/k/empty-syms.o linker.ld
	$(call say,LD,$@)
	$(Q)$(LD) -nostdlib -static -z max-page-size=4096 --no-warn-rwx-segments \
		-T linker.ld -o $@ $(kobjs) build/k/empty-syms.o

$(kernel): $(kobjs) build/k/syms.o linker.ld
	$(call say,LD,$@)
	$(Q)$(LD) -nostdlib -static -z max-page-size=4096 --no-warn-rwx-segments \
		-T linker.ld -o $@ $(kobjs) build/k/syms.o

# ---- the UEFI loader ---------------------------------------------------------

build/efi/%.c.o: %.c build/.flags-cc | build/.deps
	$(call say,CC,"$< (EFI)")
	@mkdir -p $(@D)
	$(Q)$(CC) $(EFICFLAGS) -MMD -MP -c -o $@ $<

# Where Debian has GNU-EFI's start-up code, and where Fedora does.
efi-lib = $(shell dirname $$(ls /usr/lib/crt0-efi-x86_64.o \
	/usr/lib*/gnuefi/crt0-efi-x86_64.o 2>/dev/null | head -n 1))
build/efi/BOOTX64.so: $(eobjs)
build/efi/stale_map.so: build/efi/tests/boot/stale_map.c.o
build/efi/%.so:
	$(Q)$(LD) -nostdlib -znocombreloc -shared -Bsymbolic \
		-T $(efi-lib)/elf_x86_64_efi.lds -o $@ \
		$(efi-lib)/crt0-efi-x86_64.o $^ -L$(efi-lib) -L/usr/lib \
		-lefi -lgnuefi

# An application; stale_map, a driver that tests/boot/uefi.t loads before it.
build/%.EFI: build/efi/%.so
	$(call say,EFI,$@)
	$(Q)$(OBJCOPY) -j .text -j .sdata -j .data -j .rodata -j .dynamic \
		-j .dynsym -j '.rel*' -j '.rela*' -j .reloc \
		--output-target efi-app-x86_64 \
		--subsystem=$(if $(filter stale_map,$*),11,10) $< $@

# ---- programs of the guest ---------------------------------------------------

build/user/%: user/%.c build/.flags-musl | build/.deps
	$(call say,MUSL,$@)
	@mkdir -p $(@D)
	$(Q)$(MUSLCC) $(UCFLAGS) -MMD -MP -MF $@.d -o $@ $<

build/boot/%: tests/boot/%.c build/.flags-musl | build/.deps
	$(call say,MUSL,$@)
	@mkdir -p $(@D)
	$(Q)$(MUSLCC) $(UCFLAGS) -MMD -MP -MF $@.d -o $@ $<

build/bench/count.o: tests/bench/count.c build/.flags-musl | build/.deps
	@mkdir -p $(@D)
	$(Q)$(MUSLCC) $(UCFLAGS) -MMD -MP -c -o $@ $<

$(filter-out %/tiny,$(benches)): build/bench/count.o
build/bench/%: tests/bench/%.c build/.flags-musl | build/.deps
	$(call say,MUSL,$@)
	@mkdir -p $(@D)
	$(Q)$(MUSLCC) $(UCFLAGS) -MMD -MP -MF $@.d -o $@ $< $(filter %.o,$^)

build/guest/lib/%.o: tests/guest/lib/%.c build/.flags-musl | \
		build/.deps
	@mkdir -p $(@D)
	$(Q)$(MUSLCC) $(UCFLAGS) -Itests/guest -MMD -MP -c -o $@ $<

build/guest/%: tests/guest/%.c $(glib) build/.flags-musl | build/.deps
	$(call say,MUSL,$@)
	@mkdir -p $(@D)
	$(Q)$(MUSLCC) $(UCFLAGS) -Itests/guest -MMD -MP -MF $@.d -o $@ $< $(glib)

# What every guest starts with; tools/holdfast appends the program to run.
build/initrd.cpio: $(uprogs) tools/initrd tools/hf/guest.py \
		tools/hf/cpio.py tools/memlock-mark user/demo.sh
	$(call say,CPIO,$@)
	$(Q)tools/initrd $@

# What `tools/holdfast profile` loads into QEMU.
profiler: build/profiler/profile.so
build/profiler/%.so: tools/profiler/%.c tools/profiler/qemu_plugin.h \
		build/.flags-cc | build/.deps
	$(call say,HOSTCC,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(PLUGINCFLAGS) -o $@ $<

# ---- unit tests --------------------------------------------------------------

usrcs := $(sort $(wildcard mm/*.c arch/host/*.c) lib/radix.c \
	$(wildcard tests/unit/unit*.c)) tests/explore/prog.c \
	tests/explore/prog_binary.c
uobjs := $(usrcs:%.c=build/unit/%.o)
utests := $(patsubst tests/unit/%.c,build/unit/%,\
	$(filter-out tests/unit/unit%,$(sort $(wildcard tests/unit/*.c))))

unit-tests: $(utests)

build/unit/%.o: %.c build/.flags-cc | build/.deps
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -MMD -MP -c -o $@ $<

$(utests): build/unit/%: build/unit/tests/unit/%.o $(uobjs)
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -o $@ $^ -lcmocka

# lab 1, 2, 3, 4, 7: leave out
# ---- the explorer --------------------------------------------------------------

# The host once more, optimised, with small page tables; what makes up its state
# is linked into one section.  explore-asan is the same under the address
# sanitizer (the one of undefined behaviour would put half a megabyte of its own
# into the state).
xstate := $(sort $(wildcard mm/*.c) lib/radix.c \
	$(filter-out %/libc.c %/log.c %/threads.c,$(wildcard arch/host/*.c))) \
	tests/explore/heap.c tests/explore/world.c
xother := arch/host/log.c $(sort $(filter-out %/heap.c %/world.c,\
	$(wildcard tests/explore/*.c)))
xobjs := $(xstate:%.c=build/explore/%.o) $(xother:%.c=build/explore/%.o)

build/explore/%.o: %.c build/.flags-cc | build/.deps
	$(call say,HOSTCC,"$< (explorer)")
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(XCFLAGS) -MMD -MP -c -o $@ $<

build/explore-asan/%.o: %.c build/.flags-cc | build/.deps
	$(call say,HOSTCC,"$< (explorer, sanitizers)")
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(XCFLAGS) $(XASAN) -MMD -MP -c -o $@ $<

build/%/world.o: tests/explore/world.ld
	$(call say,LD,$@)
	$(Q)$(LD) -r -T $< -o $@ $(filter %.o,$^)
build/explore/world.o: $(xstate:%.c=build/explore/%.o)
build/explore-asan/world.o: $(xstate:%.c=build/explore-asan/%.o)

build/explore/explore: build/explore/world.o $(xother:%.c=build/explore/%.o)
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(XCFLAGS) -no-pie -o $@ $^
build/explore-asan/explore: build/explore-asan/world.o \
		$(xother:%.c=build/explore-asan/%.o)
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(XCFLAGS) $(XASAN) -no-pie -o $@ $^

explorer: build/explore/explore build/explore-asan/explore
# lab 1, 2, 3, 4, 7: end

# lab 1, 2, 3, 4, 6, 7: leave out
# ---- programs on every executor ------------------------------------------------

# One main (run.c) for three executors: in a guest, on the host with the objects
# of the unit tests, and the model.
mmrun := build/mmrun/exec build/mmrun/exec-memlocked build/mmrun/host \
	build/mmrun/model build/mmrun/random
mmrun: $(mmrun)

mmexec := $(addprefix tests/mmrun/,run.c exec.c task.c run.h exec.h) \
	tests/explore/prog.c tests/explore/prog.h build/.flags-musl
build/mmrun/exec: $(mmexec) tests/mmrun/exec.ld
	$(call say,MUSL,$@)
	@mkdir -p $(@D)
	$(Q)$(MUSLCC) $(UCFLAGS) -o $@ $(filter %.c,$^) \
		-Wl,-T,tests/mmrun/exec.ld,--no-warn-rwx-segments
# The designated program, and its window: window.ld.
build/mmrun/exec-memlocked: $(mmexec) tests/mmrun/window.c \
		tests/mmrun/window.ld tests/mmrun/heap.py build/mmrun/note.o
	$(call say,MUSL,$@)
	@mkdir -p $(@D)
	$(Q)$(MUSLCC) $(UCFLAGS) -o $@ $(filter %.c %.o,$^) \
		-Wl,-T,tests/mmrun/window.ld
	$(Q)tests/mmrun/heap.py $@
build/mmrun/note.o: tools/memlock-mark | build/.deps
	@mkdir -p $(@D)
	$(Q)tools/memlock-mark --object $@

# Of the model's sanitizers only the one that does not make fork slow.
MODELCFLAGS = $(patsubst -fsanitize=address$(comma)%,-fsanitize=%,\
	$(filter-out -I%,$(HOSTCFLAGS)))
comma := ,
build/mmrun/model: $(patsubst %,build/mmrun/o/%.o,\
		tests/mmrun/run tests/mmrun/model tests/explore/prog)
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(MODELCFLAGS) -o $@ $^
build/mmrun/random: $(patsubst %,build/mmrun/o/%.o,\
		tests/mmrun/random tests/explore/prog)
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(MODELCFLAGS) -o $@ $^
build/mmrun/host: $(patsubst %,build/unit/tests/%.o,mmrun/run mmrun/host) \
		build/mmrun/world.o $(filter-out build/unit/tests/unit/%,$(uobjs))
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -o $@ $^
build/mmrun/o/%.o: %.c build/.flags-cc | build/.deps
	$(call say,HOSTCC,"$< (model)")
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(MODELCFLAGS) -MMD -MP -c -o $@ $<
build/mmrun/world.o: tests/explore/world.c build/.flags-cc | build/.deps
	$(call say,HOSTCC,"$< (mmrun)")
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) '-DWORLD_FRAMES_FOR(tasks)=512' \
		-DWORLD_PAGE_BYTES=4096 -MMD -MP -c -o $@ $<
# lab 1, 2, 3, 4, 6, 7: end

# ---- running -----------------------------------------------------------------

# lab: leave out
run: all
	@tools/demo --memlock $(MEMLOCK) --append "$(APPEND)"

test: all guest-tests unit-tests explorer fuzzer mmrun boot-helpers
	@tests/run unit explore fuzz guest oracle boot grader programs
test-unit: unit-tests
	@tests/run unit
test-guest: all guest-tests
	@tests/run guest
test-oracle: user guest-tests
	@tests/run oracle
test-boot: all guest-tests mmrun build/explore/explore boot-helpers
	@tests/run boot

test-programs: kernel user
	@tests/run programs
programs: kernel user
	@tests/run programs long

soak: kernel user
	@SECONDS=$(SECONDS) tools/soak

# Every case with a fault on each call path.
faults: all guest-tests unit-tests
	@tests/run faults

test-explore: explorer
	@tests/run explore

# The setting of the ring; build/explore/explore has longer ones.
explore: build/explore/explore
	@build/explore/explore --depth 5 --seconds 80

# The fuzzer has a makefile of its own, for who builds it with another engine.
.PHONY: fuzzer fuzzer-afl fuzz test-fuzz
fuzzer: | build/.deps
	$(call say,MAKE,"the fuzzer")
	$(Q)+$(MAKE) -s -f tests/fuzz/Makefile CC=clang build/fuzz/tool
	$(Q)+$(MAKE) -s -f tests/fuzz/Makefile CC=clang TRAP=1 \
		WORK=build/fuzz/trap build/fuzz/fuzz
fuzzer-afl: | build/.deps
	$(Q)+$(MAKE) -s -f tests/fuzz/Makefile CC=afl-clang-fast \
		CFLAGS='-O3 -g' LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
		OUT=build/fuzz/afl WORK=build/fuzz/afl/obj \
		build/fuzz/afl/fuzz build/fuzz/afl/mutator.so
fuzz: fuzzer mmrun
	@tools/fuzz --seconds $(if $(filter file,$(origin SECONDS)),60,$(SECONDS)) \
		$(if $(DESIGN),--design $(DESIGN))
test-fuzz: fuzzer mmrun
	@tests/run fuzz

control: all guest-tests unit-tests explorer fuzzer
	@tools/control

mutants: all guest-tests unit-tests
	@tools/mutants

.PHONY: bench-check bench-curves bench-wall profiler
bench: all $(benches)
	@tools/bench
bench-check: all $(benches)
	@tools/bench check
bench-curves: all $(benches)
	@tools/bench curves
bench-wall: all guest-tests unit-tests $(benches)
	@tools/bench wall

.PHONY: bench-host
bench-host: build/explore/explore fuzzer
	@tools/bench-host

.PHONY: test-grader
test-grader: kernel user guest-tests unit-tests
	@tests/run grader
	@tests/grader/bad

test-labs: | build/.deps
	@tools/test-labs $(if $(SEED),--seed "$(SEED)")

lab:
	@tools/lab $(N) $(OUT) $(if $(SEED),--seed "$(SEED)")
# lab: end

gdb: all
	@tools/gdb/session

.PHONY: book
book:
	@tools/book build

doctor:
	@tools/doctor

# lab: leave out
size: | build/.deps
	@tools/size

lint: | build/.deps
	@tools/lint
# lab: end

clean:
	rm -rf build

# lab: leave out
help:
	@tools/help
# lab: end

-include $(wildcard build/mmrun/*.d build/mmrun/o/tests/*/*.d \
	build/unit/tests/mmrun/*.d)
-include $(kobjs:.o=.d) $(eobjs:.o=.d) $(addsuffix .d,$(uprogs) $(gtests) $(benches) build/boot/page_states) \
	$(glib:.o=.d) $(uobjs:.o=.d) $(xobjs:.o=.d) build/bench/count.d \
	$(xobjs:build/explore/%.o=build/explore-asan/%.d) \
	$(utests:build/unit/%=build/unit/tests/unit/%.d)
