#!/usr/bin/env bats
# leaks.bats - whatever call fails, a program says so by its status, and leaves no set, no segment and no process behind.

load helper

setup() {
    untraced
    cd "$ROOT/svsem" || return
    [ -z "${SAN-}" ] || skip 'a library loaded before the sanitizers'
    teeth=$ROOT/build/teeth.so
    before=$(sets; identifiers shm)
}

# fails_well STATUS PATTERN COMMAND...: lets its 1st, 2nd, 3rd ... call fail, as far as it makes any, where its status is STATUS:
# then it is PATTERN, and a line of its names the call, or 0 where a tool asks what can go without an answer. All processes of it
# hold the write end of a pipe: once that is closed they have ended.
fails_well() {
    local last=$1 want=$2 n status out call left='' dir=$BATS_TEST_TMPDIR
    shift 2
    for ((n = 1; n <= 60; n++)); do
        exec {out}< <(
            exec 9>&1 3>&-
            status=0
            timeout "$DEADLINE" env TEETH=fail-$n TEETH_FIRED="$dir/fired" LD_PRELOAD="$teeth" "$@" </dev/null >"$dir/said" 2>&1 ||
                status=$?
            echo "$status" >"$dir/status"
        )
        read -r -t "$DEADLINE" -u "$out" || [ $? -eq 1 ] || left='a process'
        exec {out}<&-
        [ -z "${SVSEM_NAMESPACE-}" ] || [ "$(sets; identifiers shm)" = "$before" ] || left+=" a set or a segment"
        read -r status <"$dir/status" || status=none
        call=none
        [ ! -e "$dir/fired" ] || { read -r call <"$dir/fired" && rm "$dir/fired"; }
        # shellcheck disable=SC2254
        case $call/$status$left in
            none/$last) return ;;
            none/*) ;;
            semctl/0 | kill/0) [[ $* != *svsem_op* && $* != *svsem_ls* ]] || continue ;;
            */$want) ! grep -qE "^ERROR.* (${call/semtimedop/semtimedop|semop}|[a-z]*Sem|a worker could not begin)" "$dir/said" || continue ;;
        esac
        echo "$*, its call $n ($call) failing, ends with status $status, and leaves ${left:-nothing}"
        cat "$dir/said"
        return 1
    done
}

# Never 1, which is "it is not so".
@test "leaks: the n-th call of each right program and claim fails, for every n" {
    local program
    for program in $("$ROOT/tests/facts" -l); do
        case $program in
            *_bad_* | svsem_rwlock | svsem_unfair_*) ;;         # as their twins, line by line, but may hang
            psem_*) fails_well 1 3 "./$program" ;;
            *) fails_well 0 3 "./$program" ;;
        esac
    done
}

@test "leaks: the n-th call of each tool fails, for every n" {
    local id
    id=$(./svsem_create -p 2)
    before=$(sets; identifiers shm)
    for tool in "create -p 3" "create -c -k $((0x5e000000 + BASHPID)) 2" "demo 0" "setall $id 1 0" "perms $id" "perms $id 600" \
        "op $id 0+1,1=0n 0-1u" "mon $id" info ls "demo $id 1"; do
        # shellcheck disable=SC2086
        case $tool in
            create* | 'demo 0') : ;;        # without a failure they leave a set: below
            ls) fails_well 0 '[01]' ./svsem_ls ;;         # it lists what can be listed
            *) fails_well 0 1 ./svsem_$tool ;;
        esac
    done
    for n in 1 2 3 4; do
        for tool in "create -p 3" "demo 0"; do
            # shellcheck disable=SC2086
            TEETH=fail-$n TEETH_FIRED=$BATS_TEST_TMPDIR/fired LD_PRELOAD=$teeth ./svsem_$tool >"$BATS_TEST_TMPDIR/said" 2>&1 ||
                [ "$(sets; identifiers shm)" = "$before" ]
            [ "$(sets; identifiers shm)" = "$before" ] || ./svsem_rm "$(grep -o '[0-9]*$' "$BATS_TEST_TMPDIR/said")"
        done
    done
    ./svsem_rm "$id"
}
