#!/usr/bin/env bats
# reserve.bats - the programs of chapter 08: arguments, the bare run, what distinguishes the twins.

load helper

@test "reserve: misuse is refused with 2 and leaves nothing behind, --help is not" {
    local program
    for program in svsem_mutex svsem_bad_mutex; do
        run -2 leaving_nothing "$program" 65
        [ "$output" = 'ERROR: processes must be a whole number from 2 to 64, not "65"' ]
        run -2 leaving_nothing "$program" -r 2 0
        [ "$output" = 'ERROR: times must be a whole number from 1 to 10000, not "0"' ]
        run -2 "$program" 2 2 2
        run -2 "$program" 2 -r
        run -0 "$program" --help
        [ "${lines[-1]}" = "Example: ./$program -r 4 10000" ]
    done
    run -2 svsem_binary -r
}

@test "reserve: -r exits by the property, the claim run by the claim, at both ends of the range" {
    run -0 leaving_nothing svsem_mutex -r 64 10
    [ "${lines[-1]}" = "the count is exact: yes" ]
    run -0 svsem_mutex 64 1
    run -0 leaving_nothing svsem_bad_mutex 64 1
    [ "${lines[-2]}" = "the count is exact: no, as claimed" ]
    run svsem_bad_mutex -r 2 10000
    case $output in
        *'the count is exact: yes') [ "$status" -eq 0 ] ;;
        *'the count is exact: no') [ "$status" -eq 1 ] ;;
        *) false ;;
    esac
}

@test "reserve: the twins differ in their names, what they expect, and the lesson" {
    run diff "$ROOT/svsem/svsem_mutex.c" "$ROOT/svsem/svsem_bad_mutex.c"
    [ "$(grep '^[<>]' <<<"$output" | grep -v -e svsem_ -e 'holds = ')" = \
'<         operate(-1);
<         operate(+1);' ]
}
