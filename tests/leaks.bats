#!/usr/bin/env bats
# leaks.bats - whatever call fails, a program says so by its status, and leaves no set, no segment and no process behind.

load helper

setup() {
    untraced
    cd "$ROOT/svsem" || return
    [ -z "${SAN-}" ] || skip 'a library loaded before the sanitizers'
    teeth=$ROOT/build/teeth.so
    count
    before=$objects
}

# In $objects: how many sets and segments there are.
count() {
    local rows
    mapfile -t rows </proc/sysvipc/sem
    objects=${#rows[@]}
    mapfile -t rows </proc/sysvipc/shm
    objects=$((objects + ${#rows[@]}))
}

teardown() {
    local pid
    [ -z "${id-}" ] || ./svsem_rm "$id" 2>/dev/null || true
    for pid in ${f:+"$f"} ${p:+"$p"}; do
        await end "$pid" || kill -KILL "$pid"
    done
    true
}

# fails_well STATUS PATTERN COMMAND...: lets its 1st, 2nd, 3rd ... 60th call fail, as far as it makes any, where its status is STATUS:
# then it is PATTERN, and a line of its names the call, or 0 where a tool asks what can go without an answer. All processes of it
# hold the write end of a pipe: once that is closed they have ended.
# With stays=1, status 0 means that a set stays, and that the last word printed is its identifier. With hangs=1 it may hang as
# long as no call has failed, and leaves nothing when SIGTERM ends it; calls after its second hang are not asked.
fails_well() {
    local last=$1 want=$2 n hung=0 status out call said names left='' dir=$BATS_TEST_TMPDIR patience=$DEADLINE slow=${SVSEM_PATIENCE:-1}
    shift 2
    [ -z "${hangs-}" ] || patience=$((DEADLINE / 20))
    for ((n = 1; n <= 60; n++)); do
        : >"$dir/fired"
        exec {out}< <(
            exec 9>&1 3>&-
            status=0
            SVSEM_PATIENCE=$slow within "$patience" env TEETH=fail-$n TEETH_FIRED="$dir/fired" LD_PRELOAD="$teeth" "$@" </dev/null >"$dir/said" 2>&1 ||
                status=$?
            echo "$status" >"$dir/status"
        )
        read -r -t "$DEADLINE" -u "$out" || [ $? -eq 1 ] || left='a process'
        exec {out}<&-
        read -r status <"$dir/status" || status=none
        if [ -n "${stays-}" ] && [ "$status" = 0 ]; then
            ./svsem_rm "$(grep -o '[0-9]*$' "$dir/said")" || left+=' no set'
        fi
        [ -z "${SVSEM_NAMESPACE-}" ] || { count && [ "$objects" -eq "$before" ]; } || left+=" a set or a segment"
        read -r call <"$dir/fired" || call=none
        read -r -d '' said <"$dir/said" || true
        case $call in
            semtimedop) names='semtimedop|semop|[a-z]*Sem' ;;
            semctl) names='semctl|[a-z]*Sem' ;;
            read | write) names="$call|a worker could not begin" ;;
            *) names=$call ;;
        esac
        # shellcheck disable=SC2254
        case $call/$status$left in
            none/$last) return ;;
            none/124)
                if [ -n "${hangs-}" ]; then
                    [ $((hung += 1)) -le 1 ] || return 0
                    n=$((n - 1))
                    continue
                fi
                ;;
            */124) [ $patience -eq "$DEADLINE" ] || { patience=$DEADLINE n=$((n - 1)); continue; } ;;
            none/3) [ -n "$said" ] || [ "$slow" -ge 10 ] || { slow=10 n=$((n - 1)); continue; } ;;     # it had 2 s, and no failure yet
            none/*) ;;
            semctl/0 | kill/0) [[ $* != *svsem_op* && $* != *svsem_ls* && $* != *svsem_create* ]] || continue ;;
            */$want) [[ ! $'\n'$said =~ $'\n'ERROR[^$'\n']*' '($names) ]] || continue ;;
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
            *_bad_* | svsem_rwlock | svsem_unfair_*) ;;         # below
            psem_*) fails_well 1 3 "./$program" ;;
            *) fails_well 0 3 "./$program" ;;
        esac
    done
}

# It is not so, or hangs, only while no call has failed. As small as they can be: fewer orders in which they hang.
@test "leaks: the n-th call of each wrong program fails, for every n" {
    local program args
    for program in $("$ROOT/tests/facts" -l); do
        case $program in
            *_philosophers) args='1 3' ;;
            *_prodcons) args='-n 1 -p 1 -c 1' ;;
            *_barrier) args='2 1' ;;
            svsem_rwlock) args=1 ;;
            *) args='' ;;
        esac
        case $program in
            # shellcheck disable=SC2086
            *_bad_* | svsem_rwlock | svsem_unfair_*) hangs=1 fails_well '[01]' 3 "./$program" $args ;;
        esac
    done
}

@test "leaks: the n-th call of each tool fails, for every n" {
    local tool
    id=$(./svsem_create -p 2)       # teardown() removes it, too
    count
    before=$objects
    for tool in "create -p 3" "create -c -k $((0x5e000000 + BASHPID)) 2" "demo 0" "setall $id 1 0" "perms $id" "perms $id 600" \
        "op $id 0+1,1=0n 0-1u" "mon $id" info ls "demo $id 1"; do
        # shellcheck disable=SC2086
        case $tool in
            create* | 'demo 0') stays=1 fails_well 0 1 ./svsem_$tool ;;
            ls) fails_well 0 '[01]' ./svsem_ls ;;         # it lists what can be listed
            *) fails_well 0 1 ./svsem_$tool ;;
        esac
    done
    fails_well 0 1 ./svsem_rm "$(./svsem_create -p 1)"      # it makes no call but the one that removes
    ./svsem_rm "$id"
}

# The side that fails is $f, its status $status; the other, which is well, $p.
writer() { "$@" ./svsem_shm_writer -k "$key" <"$dir/in" >"$dir/$to" 2>&1 3>&- & }
reader() { "$@" ./svsem_shm_reader -k "$key" </dev/null >"$dir/out$came" 2>"$dir/$to" 3>&- & }
partner() { came=$((came + 1)) to=theirs; "$other" env; p=$!; }
# A signal to a process that is forked but still a bash can be lost: it is sent until the process has ended.
end() { gone "$1" || { kill "$1" 2>/dev/null; false; }; }
settled() { asleep "$1" || gone "$1"; }
# Has $f ended? A partner whose set was removed has ended with an error: then another comes, since $f may not have joined yet.
ended() {
    gone "$f" && return
    if [ -n "$p" ] && gone "$p"; then
        if wait "$p"; then p='' well=0; else well=$? && partner; fi
    fi
    return 1
}

# pair_fails_well SIDE 1st | 2nd: the same for a side of the pair that comes first, or second, where the set is removed by
# another before its n-th call if that is on a set, and the call fails if it is not. If either says 0, all data arrived: the one
# that fails says so if it had not joined yet, and joins again. Removed at the very end, the set can be missed by one alone.
pair_fails_well() {
    local side=$1 other=reader n call came to status well how dir=$BATS_TEST_TMPDIR
    [ "$side" = writer ] || other=writer
    for ((n = 1; n <= 60; n++)); do
        p='' status=0 well=none came=0
        rm -f "$dir"/out*
        [ "$2" = 1st ] || { partner && await asleep "$p"; }
        to=said
        "$side" env TEETH=gone-$n TEETH_FIRED="$dir/fired" LD_PRELOAD="$teeth"
        f=$!
        [ "$2" = 2nd ] || { await settled "$f" && partner; }
        await ended || { echo "$side, coming $2, its call $n:"; cat "$dir/fired"; return 1; }
        wait "$f" || status=$?
        if [ -n "$p" ]; then
            [ "$status" -ne 0 ] || await settled "$p"       # asleep, it came too late to meet $f: it is the one before that counts
            await end "$p"
            how=0
            wait "$p" || how=$?
            [ "$status/$how" = 0/143 ] || well=$how
        fi
        [[ /$status/$well/ != */0/* ]] || all_came || status+=', and not all arrived'
        f='' p='' call=none
        [ ! -e "$dir/fired" ] || { read -r call <"$dir/fired" && rm "$dir/fired"; }
        [ -z "$(left_under_key)" ] || status="$status, and leaves $(left_under_key)"
        case $call/$status/$well in
            none/0/0) return ;;
            none/3) [ -n "$said" ] || [ "$slow" -ge 10 ] || { slow=10 n=$((n - 1)); continue; } ;;     # it had 2 s, and no failure yet
            none/*) ;;
            semctl/0/0 | semtimedop/0/[01]) continue ;;
            semtimedop/1/0) ! grep -q "^ERROR: the $other is gone" "$dir/said" || continue ;;
            */1/1 | */1/143) ! grep -qE "^ERROR.* ($call|the $other is gone)" "$dir/said" || continue ;;
        esac
        echo "$side, coming $2, its call $n ($call) failing, ends with status $status, the other with $well"
        cat "$dir/said" "$dir/theirs"
        return 1
    done
}
# From a reader that came too late to meet $f nothing did.
all_came() {
    while [ "$came" -gt 0 ] && [ ! -s "$dir/out$came" ]; do came=$((came - 1)); done
    cmp "$dir/in" "$dir/out$came"
}
left_under_key() { awk -v key="$key" 'FNR > 1 && $1 == key { print FILENAME, $2 }' /proc/sysvipc/sem /proc/sysvipc/shm; }

@test "leaks: the n-th call of either side of the pair fails, or finds the set removed, for every n" {
    local key=$((0x5e000000 + BASHPID))
    yes | head -c 400000 >"$BATS_TEST_TMPDIR/in"
    for side in writer reader; do
        pair_fails_well $side 1st
        pair_fails_well $side 2nd
    done
}
