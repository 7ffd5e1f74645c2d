#!/usr/bin/env bats
# docs.bats - what the pages say about the tree is so: links, anchors, names, chapters. What they show, replay checks.

load helper

setup() {
    untraced
    cd "$ROOT" || return
    shopt -s nullglob
    pages=(README.md docs/*.md docs/*/*.md)
    programs=(svsem/*.c)
    [ -e "${pages[1]}" ] && [ -e "${programs[0]}" ]
}

# For awk: `code` is not 0 within a fenced block, which ends with at least as many backquotes as it began with.
# shellcheck disable=SC2016
fences='FNR == 1 { code = 0 }
    match($0, /^ *```+/) && (!code || (RLENGTH >= code && /^ *`+ *$/)) { code = code ? 0 : RLENGTH; next }'

# none TEXT: succeeds if there is nothing to complain about, else prints TEXT.
none() { [ -z "$1" ] || { printf '%s\n' "$1"; return 1; }; }

# The names under which a page's headings are linked to: "## The 4th argument" is the-4th-argument.
headings() { sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'; }

@test "every page has one first heading, is under 250 lines, and its links lead somewhere" {
    none "$(awk '
        FNR == 1 && !/^# / { print FILENAME ":1: no heading" }
        FNR == 250 { print FILENAME ": 250 lines or more" }'"$fences"'
        FNR > 1 && !code && /^# / { print FILENAME ":" FNR ": a second first heading" }' "${pages[@]}")"

    none "$(awk "$fences"'
        code { next }
        { line = $0
          while (match(line, /\]\([^)]*\)/)) {
              print FILENAME, FNR, substr(line, RSTART + 2, RLENGTH - 3)
              line = substr(line, RSTART + RLENGTH)
          } }' "${pages[@]}" | while read -r page line target; do
        case $target in *:*) continue ;; esac
        case $page in */*) dir=${page%/*} ;; *) dir=. ;; esac
        file=$dir/${target%%#*}
        case $target in '#'*) file=$page ;; esac
        [ -e "$file" ] || echo "$page:$line: no $target"
        case $target in *#*) headings "$file" | grep -qx -e "${target#*#}" || echo "$page:$line: no heading $target" ;; esac
    done)"
}

@test "each place that a page's code section cites is an anchor or a function of a file linked there; each anchor is cited" {
    sources=(svsem/*.[ch] svsem/*/*.[ch] lib/*.[ch])
    none "$(awk '
        function judge(    i, j, found) {
            for (i = 1; i <= nplaces; i++) {
                found = 0
                for (j = 1; j <= nfiles; j++) if ((files[j], places[i]) in place) found = 1
                if (!found) print page ": `" places[i] "` is in no file linked there"
            }
            nplaces = nfiles = 0
        }
        FILENAME !~ /\.md$/ {
            if (match($0, /\/\* DOC: [a-z0-9-]+/)) {
                name = substr($0, RSTART + 8, RLENGTH - 8)
                place[FILENAME, name]; anchor[name] = FILENAME ":" FNR
            }
            if (match($0, /^[a-z][A-Za-z0-9]*\(/)) place[FILENAME, substr($0, 1, RLENGTH - 1)]
            next
        }
        FNR == 1 || /^## / { judge(); page = FILENAME; code = /^## The code/ }
        {
            line = $0
            while (match(line, /`[a-z][A-Za-z0-9-]*`/)) {
                name = substr(line, RSTART + 1, RLENGTH - 2); cited[name]
                if (code) places[++nplaces] = name
                line = substr(line, RSTART + RLENGTH)
            }
            line = $0
            while (code && match(line, /\(\.\.\/[a-z_\/]+\.[ch]\)/)) {
                files[++nfiles] = substr(line, RSTART + 4, RLENGTH - 5)
                line = substr(line, RSTART + RLENGTH)
            }
        }
        END { judge(); for (name in anchor) if (!(name in cited)) print anchor[name] ": no page cites " name }
        ' "${sources[@]}" "${pages[@]}")"
}

# Names that begin with svsem_ or psem_, outside the sessions and drawings: "docs/06-undo.md svsem_undo_kill" for each.
names_on_pages() {
    awk "$fences"'
         code { next }
         { n = split($0, word, /[^a-z_]+/)
           for (i = 1; i <= n; i++)
               if (word[i] ~ /^(sv|p)sem_./ && !seen[FILENAME, word[i]]++) print FILENAME, word[i] }' "${pages[@]}"
}

@test "every program's header begins with its name, has a chapter that speaks of it" {
    none "$({
        names_on_pages
        for program in "${programs[@]}"; do
            awk '{ print FILENAME, $0 } / \*\/$/ { exit }' "$program"
        done
    } | awk '
        $1 ~ /\.md$/ { speaks[$1, $2]; next }
        $1 != file {
            file = $1; name = $1; sub(/.*\//, "", name); sub(/\.c$/, "", name); program[file] = name
            if ($2 != "/*" || $3 != name ".c" || $4 != "-") print $1 ":1: does not begin with its name"
        }
        $2 == "Chapter:" {
            if (file in chapter || NF != 3) print file ": more than one chapter"
            chapter[file] = $3
            if (!(($3, name) in speaks)) print file ": " $3 " does not speak of it"
        }
        END { for (file in program) if (!(file in chapter)) print file ": names no chapter" }')"
}

@test "the book map has one row to the book for each program; the pages name no program that is not there" {
    none "$({
        printf '%s\n' "${programs[@]}"
        [ ! -d svsem/scope ] || echo svsem/svsem_scope.c
        names_on_pages
        # shellcheck disable=SC2016
        sed -n '/^## To the book/,$ s/^| `\([a-z_]*\)` .*(\([^)]*\)) |$/row \1 docs\/\2/p' docs/book-map.md
    } | awk '
        $1 ~ /\.c$/ { sub(/.*\//, "", $1); sub(/\.c$/, "", $1); program[$1]; next }
        $1 ~ /\.md$/ { speaks[$1, $2]; next }
        { rows[$2]++; if (!(($3, $2) in speaks)) print "docs/book-map.md: " $3 " does not speak of " $2 }
        END { for (name in program) if (rows[name] != 1) print "docs/book-map.md: " rows[name] + 0 " rows for " name
              for (name in rows) if (!(name in program)) print "docs/book-map.md: there is no " name }')"

    none "$(awk -F "|" '
        /^## To the book/ { back = 1 }
        !back { n = split($0, word, /[^a-z_]+/); for (i = 1; i <= n; i++) there[word[i]] }
        back && $2 ~ /`/ && $3 != " - " {
            gsub(/[ `]/, "", $2)
            if (!($2 in there)) print "docs/book-map.md: " $2 " has a place in the book, but no row from it"
        }' docs/book-map.md)"

    none "$(names_on_pages | while read -r page name; do
        case $name in svsem_scope | svsem_bad_ | svsem_undo_) continue ;; esac
        [ -e "svsem/$name.c" ] || [ -e "svsem/$name.h" ] || echo "$page: there is no $name"
    done)"
}

# The tools that `make install` installs.
installed() { sed -n 's/^TOOLS *= //p' "$ROOT/Makefile" | tr ' ' '\n' | sed 's/^/svsem_/'; }

# manual FILE: its lines without roff, "SECTION tag TEXT" if a tagged paragraph begins with it, else "SECTION text TEXT".
manual() {
    awk '
        function joined(args,    i, c, quoted, text) {      # .BR a " b" c: no blanks but the quoted ones
            for (i = 1; i <= length(args); i++) {
                c = substr(args, i, 1)
                if (c == "\"") quoted = !quoted
                else if (c != " " || quoted) text = text c
            }
            return text
        }
        /^\.SH / { section = substr($0, 5); next }
        /^\.TP/ { tag = 1; next }
        /^\.(TH|PP|EX|EE|br)/ { next }
        {
            if (sub(/^\.[BIR][BIR] /, "")) $0 = joined($0)
            sub(/^\.[BI] /, "")
            gsub(/\\f[BIP]|\\&/, ""); gsub(/\\-/, "-"); gsub(/\\\(aq/, "\047")
            print section (tag ? " tag " : " text ") $0
            tag = 0
        }' "$1"
}

@test "each installed tool has a manual page, with the synopsis, options and operands that its --help shows, and no others" {
    local tool page help option
    [ "$(installed | wc -l)" -ge 7 ]
    diff <(installed | sed 's/$/.1/' | sort) <(ls docs/man)
    for tool in $(installed); do
        page=$(manual "docs/man/$tool.1")
        help=$("$tool" --help)
        grep -q "^NAME text $tool - [a-z]" <<<"$page"
        diff <(sed -n '1s/^Usage: \(.*[^ ]\) *$/\1/p' <<<"$help") <(sed -n 's/^SYNOPSIS text //p' <<<"$page" | paste -sd ' ')
        diff <(sed -n 's/^  \([^ ].*\)/\1/p' <<<"$help" | sed 's/  .*//') <(sed -nE 's/^(DESCRIPTION|OPTIONS) tag //p' <<<"$page")
        none "$(grep -v '^EXAMPLES ' <<<"$page" | grep -oE '(^|[] [{(|])--?[a-z][a-z]*' | tr -d '] [{(|' | while read -r option; do
            [[ $help = *"$option"* ]] || echo "docs/man/$tool.1 speaks of $option"
        done)"
        diff <(printf '%s\n' 0 1 2) <(sed -n 's/^EXIT STATUS tag //p' <<<"$page" | grep -v 3)
    done
}

@test "make install puts the tools and their manual pages under PREFIX, and no more; make uninstall leaves no file" {
    local prefix='/usr/a place' mode
    cd "$BATS_TEST_TMPDIR" || return
    (umask 077; staged install stage "$prefix")
    for mode in 755 644; do find stage -type f -perm "$mode" | sort >"$mode"; done
    diff 755 <(installed | sort | sed "s|.*|stage$prefix/bin/&|")
    diff 644 <(installed | sort | sed "s|.*|stage$prefix/share/man/man1/&.1|")
    none "$(find "stage$prefix/bin" "stage$prefix/share/man/man1" ! -perm 755 ! -name '*.1')"
    touch 'stage/usr/a place/bin/theirs'
    staged uninstall stage "$prefix"
    [ "$(find stage -type f)" = 'stage/usr/a place/bin/theirs' ]
}

@test "make help has a line of at most 80 columns for each target" {
    none "$(make -s --no-print-directory help | awk 'length > 80')"
    diff <(sed -n 's/^\.PHONY: \(.*\) FORCE$/\1/p' Makefile | tr ' ' '\n' | sort) \
        <(make -s --no-print-directory help | awk '$2 != "SAN=1" { print $2 }' | sort)
    make -s --no-print-directory help | grep -q '^make SAN=1 '
}
