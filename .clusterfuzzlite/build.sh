#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the fuzzer into $OUT with the compiler, flags and engine that OSS-Fuzz
# and ClusterFuzzLite set (tests/fuzz/Makefile), with its seeds, dictionary and
# options beside it.  Run in the top folder of the project.
set -eu

make -s -j"$(nproc)" -f tests/fuzz/Makefile CC="$CC" CFLAGS="$CFLAGS" \
	LIB_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" OUT="$OUT" \
	WORK="$WORK/holdfast"
FUZZ_TOOL=$OUT/tool tools/fuzz --seeds "$WORK/seeds" \
	--dictionary "$OUT/fuzz.dict"
python3 -m zipfile -c "$OUT/fuzz_seed_corpus.zip" "$WORK"/seeds/*
cat >"$OUT/fuzz.options" <<'END'
[libfuzzer]
entropic = 0
print_funcs = 0
detect_leaks = 0
max_len = 512
END
