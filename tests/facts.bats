#!/usr/bin/env bats
# facts.bats - what `make facts` says of programs that hold, fail, hang and crash, and that it leaves none running.

load helper

# fake NAME CLAIM SCRIPT: a program that answers as it is told.
fake() {
    printf '/* svsem_%s.c - %s Chapter: docs/x.md */\n#include "claim.h"\n' "$1" "$2" >"svsem/svsem_$1.c"
    printf '#!/bin/bash\n%s\n' "$3" >"svsem/svsem_$1"
    chmod +x "svsem/svsem_$1"
}

# said PATTERN: a whole line of the output.
said() { grep -qx -e "$1" <<<"$output"; }

setup() {
    untraced
    cd "$BATS_TEST_TMPDIR" || return
    mkdir tests svsem
    sed 's/^deadline=.*/deadline=0.2/' "$ROOT/tests/facts" >tests/facts
    chmod +x tests/facts
}

@test "facts counts each verdict, shows why, and fails if one does not hold" {
    run -2 tests/facts              # no program: nothing was shown
    fake good 'water is wet.' 'exit 0'
    fake skip 'pigs fly.' 'echo they do not; exit 77'
    run -0 tests/facts
    said 'holds  *[0-9.]*  svsem_good  water is wet\.'
    said '1 hold, 0 do not, 1 not shown, 0 could not run - .*, .*'
    fake hang 'it comes to an end.' 'sleep 5; true'
    run -1 tests/facts svsem_hang
    said 'could not run .*'
    said '    ended by tests/facts after 0.2 s'
    rm svsem/svsem_hang*
    fake bad 'fire is cold.' 'echo ouch; exit 1'
    fake crash 'it stands.' 'kill -SEGV $$'
    run -1 tests/facts
    said '    ouch'
    said '1 hold, 1 do not, 1 not shown, 1 could not run - .*'
    run -1 tests/facts -r
    said "ok svsem_good: water is wet\."
    said "ok svsem_skip: pigs fly\. # skip they do not"
    said "not ok svsem_bad: fire is cold\. (does not)"
    said "    ouch"
    run -0 tests/facts -l
    [ "$output" = $'svsem_bad\nsvsem_crash\nsvsem_good\nsvsem_skip' ]
    run -2 tests/facts svsem_nosuch
    run -2 tests/facts -z
}

# Nobody may have reaped it yet: that is not ours to do.
ended() { ! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null; }

@test "facts, ended by a signal, ends what it started" {
    local signal status
    sed -i 's/^deadline=.*/deadline=60/' tests/facts
    fake hang 'it comes to an end.' 'echo $$ >pid; exec sleep 50'
    for signal in INT TERM; do
        rm -f pid
        mkdir tmp
        env --default-signal=INT TMPDIR="$PWD/tmp" tests/facts </dev/null >out 2>&1 3>&- &
        await test -s pid
        kill -$signal $!
        status=0
        wait $! || status=$?
        [ "$status" -eq $((128 + $(kill -l $signal))) ]
        await ended "$(cat pid)"
        rmdir tmp           # nothing in it
    done
}
