#!/usr/bin/env bats
# sharing.bats - the programs of chapter 10: arguments, the bare run, what distinguishes the twins.

load helper

@test "sharing: misuse is refused with 2 and leaves nothing behind, --help is not" {
    local program bad text
    while IFS='|' read -r program bad text; do
        # shellcheck disable=SC2086
        run -2 leaving_nothing "$program" -r $bad
        [ "$output" = "ERROR: $text, not \"${bad##* }\"" ]
        run -2 "$program" 3 3 3
        run -0 "$program" --help
        [ "${lines[-1]%% -r *}" = "Example: ./$program" ]
    done <<'END'
svsem_two_resources|0|times must be a whole number from 1 to 10000
svsem_bad_two_resources|10001|times must be a whole number from 1 to 10000
svsem_philosophers|101|meals must be a whole number from 1 to 100
svsem_bad_philosophers|4 21|philosophers must be a whole number from 3 to 20
svsem_rwlock|0|reads must be a whole number from 1 to 100
svsem_fair_rwlock|1x|reads must be a whole number from 1 to 100
END
}

@test "sharing: the right ones hold bare and forced, at both ends of the range" {
    while read -r program arguments; do
        # shellcheck disable=SC2086
        run -0 leaving_nothing "$program" $arguments
        [ "${#lines[@]}" -gt 1 ]
    done <<'END'
svsem_two_resources 50
svsem_two_resources -r 1000
svsem_philosophers 1 3
svsem_philosophers 4 20
svsem_philosophers -r 100
svsem_fair_rwlock 1
svsem_fair_rwlock 20
svsem_fair_rwlock -r 100
END
}

@test "sharing: the wrong ones starve for as long as they are asked to; three philosophers cannot" {
    run -0 leaving_nothing svsem_bad_philosophers 5 4
    run -1 leaving_nothing svsem_bad_philosophers 4 3
    [ "${lines[-1]}" = "the claim does not hold" ]
    run -0 leaving_nothing svsem_rwlock 5
    run -1 leaving_nothing svsem_rwlock 1
    [ "${lines[-1]}" = "the claim does not hold" ]
}

# With as many seats as philosophers, the 21st of the 57 orders is a deadlock.
@test "sharing: with a seat less than philosophers, no order with one preemption is a deadlock" {
    gives 0 'complete: 57 schedules, as far as the bound goes, no deadlock, no failed exit, nothing left behind' \
        svsem_scope explore --preemptions 1 -- svsem_philosophers -r 1 3
}

# The lines in which two programs differ, but for their names and what they expect.
lesson() { diff "$ROOT/svsem/$1.c" "$ROOT/svsem/$2.c" | grep '^[<>]' | grep -v -e svsem_ -e 'holds = '; }

@test "sharing: the twins differ in their names, what they expect, and the lesson" {
    [ "$(lesson svsem_two_resources svsem_bad_two_resources | cut -d ';' -f 1)" = \
'<     operate(sops, 2)
>     operate(&sops[0], 1)
>     operate(&sops[1], 1)' ]
    [ "$(lesson svsem_fair_rwlock svsem_rwlock | cut -d ';' -f 1)" = \
'<     operate(sops, 2)
<     operate(&sops[2], 1)
>     operate(sops, 3)' ]
    [ "$(lesson svsem_philosophers svsem_bad_philosophers | cut -d ';' -f 1)" = \
'<         { .sem_num = SEATS, .sem_op = -1, .sem_flg = 0 },
<     operate(&sops[0], 1)
<     operate(&sops[1], 1)
<     operate(&sops[2], 1)
>     operate(sops, 2)
<         { .sem_num = SEATS, .sem_op = +1, .sem_flg = 0 },
<     operate(sops, 3)
>     operate(sops, 2)' ]
}
