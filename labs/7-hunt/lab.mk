# Your tests on mm/ as it is, and on copies with one line changed (checks/hunt
# makes those: ID names one, FILE is what was changed).
hunt := build/unit/work/hunt.o

build/hunt/reference: $(hunt) $(uobjs)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -o $@ $^ -lcmocka
build/hunt/$(ID).o: build/hunt/$(ID).c build/.flags-cc
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -c -o $@ $<
build/hunt/$(ID): $(hunt) build/hunt/$(ID).o \
		$(filter-out build/unit/$(FILE:.c=.o),$(uobjs))
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -o $@ $^ -lcmocka

checks: build/hunt/reference
