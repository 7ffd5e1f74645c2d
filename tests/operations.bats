#!/usr/bin/env bats
# operations.bats - the programs of chapters 04, 05 and 09: which arguments they refuse, by name and range.

load helper

@test "waiting: misuse is refused with 2 and leaves nothing behind, --help is not" {
    local program bad text
    while read -r program bad text; do
        run -2 leaving_nothing "$program" "$bad"
        [ "$output" = "ERROR: $text, not \"$bad\"" ]
        run -2 "$program" 1 2 3
        run -0 "$program" --help
        [ "${lines[0]%% *}" = Usage: ]
    done <<'END'
svsem_trywait 0 pieces must be a whole number from 1 to 1000
svsem_timedwait -1 milliseconds must be a whole number from 0 to 10000
svsem_starve 10001 times must be a whole number from 1 to 10000
svsem_alternate 2x rounds must be a whole number from 1 to 10000
svsem_wait_for_zero 101 workers must be a whole number from 1 to 100
END
    run -2 svsem_fork_sync both
    run -2 svsem_all_or_nothing 1
}

@test "waiting: arguments at the ends of their range" {
    run -0 svsem_trywait 1000
    run -0 svsem_timedwait 0
    run -0 svsem_starve 1
    run -0 svsem_alternate 1
    run -0 svsem_wait_for_zero 1
    run -0 svsem_wait_for_zero 100
    [ "$(grep -c alive <<<"$output")" -eq 102 ]
    run -0 svsem_fork_sync child
    [ "$(grep -c ' the child goes at ' <<<"${lines[0]}")" -eq 1 ]
}

@test "the barrier: any size, bare too; the wrong one is found at any size" {
    run -2 svsem_barrier 1
    [ "$output" = 'ERROR: processes must be a whole number from 2 to 100, not "1"' ]
    run -2 svsem_barrier -r 2 0
    run -2 svsem_barrier 2 2 2
    run -0 svsem_barrier -r 8 100
    [ "$(grep -c ' through barrier ' <<<"$output")" -eq 800 ]
    run -0 svsem_barrier 2 1
    run -0 svsem_barrier 40 2
    run -0 svsem_bad_barrier 2 1
    run -0 svsem_bad_barrier 40 2
}
