# The attacker's world: mm/ of this tree as a process (tests/explore/world.h).
build/check/attack: build/unit/checks/attack.o build/mmrun/world.o \
		$(filter-out build/unit/tests/unit/%,$(uobjs))
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -o $@ $^

# A program of yours, with the note that asks to be memlocked.
build/check/mark.o: tools/memlock-mark
	@mkdir -p $(@D)
	$(Q)tools/memlock-mark --object $@
build/check/leak-%: work/leak-%.c work/secret.h build/check/mark.o \
		build/.flags-musl | build/.deps
	$(call say,MUSL,$@)
	$(Q)$(MUSLCC) $(UCFLAGS) -o $@ $< build/check/mark.o

checks: build/check/attack build/check/leak-task build/check/leak-vma
