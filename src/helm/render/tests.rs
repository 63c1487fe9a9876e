//! Small charts, and what Helm 3.16 makes of them.

use crate::helm::{Chart, Value, render, value};

fn chart(files: &[(&str, &str)]) -> Chart {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).into())).collect();
    Chart::read(&files).expect("a chart")
}

/// What the manifests of a chart come to, one after the other.
fn rendered(files: &[(&str, &str)], values: &str) -> String {
    let values = value(values).expect("values");
    let texts = render(&chart(files), &values).into_iter().map(|(path, text)| match text {
        Ok(text) => text.trim().to_owned(),
        Err(error) => format!("{path}: {error}"),
    });
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What a template comes to.
fn one(template: &str, values: &str) -> String {
    let files =
        [("Chart.yaml", "{name: c, version: 1.2.3, appVersion: 1.10}"), ("templates/t.yaml", template)];
    rendered(&files, values)
}

#[test]
fn an_image_of_values() {
    let image = "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}";
    assert_eq!(one(image, "image: {repository: nginx}"), "nginx:1.1");
    assert_eq!(one(image, "image: {repository: nginx, tag: 1.25.0}"), "nginx:1.25.0");
    assert_eq!(one("{{ .Values.none }}|{{ .Values.m }}|{{ int .Values.m }}", "m: 1000000"), "|1e+06|1000000");
    assert_eq!(one("{{ .Values.a.b }}", ""), "c/templates/t.yaml: nil pointer evaluating interface {}.b");
    assert_eq!(one("[{{ (.Values.a).b }}{{ $x := .Values.a }}{{ $x.b.c }}]", ""), "[]");
}

#[test]
fn control_and_variables() {
    let template = r#"{{- $all := list -}}
{{- range $key, $item := .Values.m }}{{ if eq $item "skip" }}{{ continue }}{{ end }}{{ $all = append $all (printf "%s=%s" $key $item) }}{{ end -}}
{{ join "," $all }} {{ with .Values.none }}x{{ else }}{{ .Values.m.a }}{{ end }}"#;
    assert_eq!(one(template, "m: {b: 2x, a: 1x, c: skip}"), "a=1x,b=2x 1x");
    assert_eq!(one("{{ range until 9 }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}", ""), "012");
}

#[test]
fn maps_change_in_place() {
    let template = r#"{{ $d := dict "a" 1 }}{{ $_ := set $d "b" 2 }}{{ $_ := merge .Values.m $d }}{{ .Values.m | toJson }}"#;
    assert_eq!(one(template, "m: {a: x}"), r#"{"a":"x","b":2}"#);
    let changed = [
        ("Chart.yaml", "name: c"),
        ("templates/b.yaml", r#"{{ $_ := set .Values "from" "b" }}"#),
        ("templates/a.yaml", "{{ .Values.from }}"),
    ];
    assert_eq!(rendered(&changed, ""), "b");
}

#[test]
fn definitions_further_out_win() {
    let files = [
        ("Chart.yaml", "name: top"),
        ("templates/_h.tpl", r#"{{ define "name" }}top{{ end }}"#),
        ("templates/NOTES.txt", "notes"),
        ("charts/sub/Chart.yaml", "name: sub"),
        ("charts/sub/templates/_h.tpl", r#"{{ define "name" }}sub{{ end }}"#),
        ("charts/sub/templates/x.yaml", r#"{{ include "name" . | upper }} {{ .Template.Name }}"#),
    ];
    assert_eq!(rendered(&files, ""), "TOP top/charts/sub/templates/x.yaml");
}

#[test]
fn values_go_down_to_subcharts() {
    let text = r"{{ .Chart.Name }} {{ .Values.tag }} {{ .Values.own }} {{ .Values.global.registry }}";
    let files = [
        (
            "Chart.yaml",
            "{name: top, dependencies: [{name: sub, version: ^1, alias: first, condition: first.enabled}, {name: sub, version: 1.x.x, alias: second, tags: [more]}]}",
        ),
        ("values.yaml", "{first: {tag: one}, second: {tag: two}, global: {registry: r}}"),
        ("charts/sub/Chart.yaml", "{name: sub, version: 1.0.0}"),
        ("charts/sub/values.yaml", "{tag: default, own: o}"),
        ("charts/sub/templates/x.yaml", text),
    ];
    assert_eq!(rendered(&files, ""), "first one o r\nsecond two o r");
    assert_eq!(
        rendered(&files, "{first: {enabled: false}, global: {registry: q}, second: {own: null}}"),
        "second two o q"
    );
    assert_eq!(rendered(&files, "{first: {enabled: true}, tags: {more: false}}"), "first one o r");
}

#[test]
fn null_takes_defaults_away() {
    let text = "{{ .Values | toJson }}";
    let unlisted = [
        ("Chart.yaml", "name: top"),
        ("charts/sub/Chart.yaml", "{name: sub, version: 1.0.0}"),
        ("charts/sub/values.yaml", "{other: 1, deep: {a: 1, b: 2}}"),
        ("charts/sub/templates/x.yaml", text),
    ];
    let null = "sub: {other: null, deep: {a: null}}";
    assert_eq!(rendered(&unlisted, null), r#"{"deep":{"b":2},"global":{}}"#);
    let listed = [[("Chart.yaml", "{name: top, dependencies: [{name: sub}]}")].as_slice(), &unlisted[1..]];
    assert_eq!(rendered(&listed.concat(), null), r#"{"deep":{"a":1,"b":2},"global":{},"other":1}"#);
    assert_eq!(one(text, "{a: null}"), r#"{"a":null}"#);
}

#[test]
fn values_are_imported() {
    let files = [
        (
            "Chart.yaml",
            "{name: top, dependencies: [{name: sub, import-values: [data, {child: deep, parent: x.y}]}]}",
        ),
        ("values.yaml", "{port: 1}"),
        ("templates/x.yaml", "{{ .Values.port }} {{ .Values.host }} {{ .Values.x.y.a }}"),
        ("charts/sub/Chart.yaml", "{name: sub, version: 1.0.0}"),
        ("charts/sub/values.yaml", "{exports: {data: {port: 2, host: h}}, deep: {a: 3}}"),
    ];
    assert_eq!(rendered(&files, ""), "1 h 3");
}

#[test]
fn the_helper_of_bitnami() {
    let helper = r#"
{{- define "common.images.image" -}}
{{- $registryName := default .imageRoot.registry ((.global).imageRegistry) -}}
{{- $repositoryName := .imageRoot.repository -}}
{{- $separator := ":" -}}
{{- $termination := .imageRoot.tag | toString -}}
{{- if not .imageRoot.tag }}
  {{- if .chart }}
    {{- $termination = .chart.AppVersion | toString -}}
  {{- end -}}
{{- end -}}
{{- if .imageRoot.digest }}
    {{- $separator = "@" -}}
    {{- $termination = .imageRoot.digest | toString -}}
{{- end -}}
{{- if $registryName }}
    {{- printf "%s/%s%s%s" $registryName $repositoryName $separator $termination -}}
{{- else -}}
    {{- printf "%s%s%s"  $repositoryName $separator $termination -}}
{{- end -}}
{{- end -}}"#;
    let call = r#"image: {{ include "common.images.image" (dict "imageRoot" .Values.image "global" .Values.global "chart" .Chart) }}"#;
    let files = [
        ("Chart.yaml", "{name: c, appVersion: 9.9.9, dependencies: [{name: common, version: 2.x.x}]}"),
        ("values.yaml", "image: {registry: docker.io, repository: bitnami/redis, tag: 7.2.4-debian-12-r9}"),
        ("templates/x.yaml", call),
        ("charts/common/Chart.yaml", "{name: common, version: 2.19.1, type: library}"),
        ("charts/common/templates/_images.tpl", helper),
        ("charts/common/templates/x.yaml", "never"),
    ];
    assert_eq!(rendered(&files, ""), "image: docker.io/bitnami/redis:7.2.4-debian-12-r9");
    let digest = "{image: {digest: 'sha256:0'}, global: {imageRegistry: r.io}}";
    assert_eq!(rendered(&files, digest), "image: r.io/bitnami/redis@sha256:0");
    assert_eq!(rendered(&files, "image: {tag: '', registry: ''}"), "image: bitnami/redis:9.9.9");
}

#[test]
fn templates_in_values() {
    assert_eq!(one("{{ tpl .Values.t . }}", "{t: 'x-{{ .Values.v }}', v: 1.0}"), "x-1");
    let defines = r#"{{ define "a" }}{{ .Values.v }}{{ end }}{{ include "a" . }}"#;
    assert_eq!(one("{{ tpl .Values.t . }}", &format!("{{t: '{defines}', v: z}}")), "z");
}

#[test]
fn functions_as_sprig_has_them() {
    for (template, expected) in [
        (r#"{{ "abc-" | trunc 4 | trimSuffix "-" }}"#, "abc"),
        (r#"{{ trunc -2 "abcd" }}{{ substr 1 -1 "xyz" }}"#, "cdyz"),
        (r#"{{ ternary "a" "b" (empty "") }}{{ coalesce "" nil "c" }}"#, "ac"),
        (r#"{{ (split "/" "a/b")._1 }}{{ splitList "," "x,y" | last }}"#, "by"),
        (r#"{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }}"#, "-W-xxW-"),
        (r#"{{ quote "a" nil 1 }} {{ squote "b" }}"#, "\"a\" \"1\" 'b'"),
        (r#"{{ printf "%05d|%-3s|%.2f|%q|%d" 42 "a" 1.5 "x" "no" }}"#, "00042|a  |1.50|\"x\"|%!d(string=no)"),
        (r"{{ list 1 2 3 | has 2 }} {{ without (list 1 2) 1 }} {{ kindOf (list) }}", "true [2] slice"),
        (r#"{{ add 1 "2" 3.0 }} {{ div 7 2 }} {{ max 1 5 2 }} {{ round 1.256 2 }}"#, "6 3 5 1.26"),
        (r#"{{ "a: [1, x]" | fromYaml | toJson }}"#, r#"{"a":[1,"x"]}"#),
        (r#"{{ dig "a" "b" "none" (dict "a" (dict "b" 1)) }}{{ dig "x" "y" dict }}"#, "1y"),
        (r#"{{ semverCompare ">=1.19-0" .Capabilities.KubeVersion.Version }}"#, "true"),
        (r#"{{ .Capabilities.APIVersions.Has "policy/v1" }} {{ lookup "v1" "Pod" "" "" }}"#, "true map[]"),
        (
            r#"{{ has "v1" .Capabilities.APIVersions }} {{ merge dict nil }} {{ hasKey nil "a" }}"#,
            "true map[] false",
        ),
        (r#"{{ "x" | b64enc | b64dec }}{{ sha256sum "" | trunc 8 }}"#, "xe3b0c442"),
        (r#"{{ mustRegexMatch "^a" "ab" }} {{ index (dict "k" (list "v")) "k" 0 }}"#, "true v"),
        (r#"{{ or "" "b" }} {{ and 1 0 "never" }} {{ not 0 }} {{ or true (fail "no") }}"#, "b 0 true true"),
        (r#"{{ required "needed" "" }}"#, "c/templates/t.yaml: required: needed"),
        ("{{ nothing 1 }}", "c/templates/t.yaml: the function nothing is not known"),
        ("{{ if }}", "c/templates/t.yaml: template: c/templates/t.yaml:1:9: empty command"),
    ] {
        assert_eq!(one(template, ""), expected, "{template}");
    }
}

#[test]
fn ranges_of_versions() {
    for (range, version, expected) in [
        (">=1.19", "1.31.0", true),
        (">=1.19", "1.31.0-eks", false),
        (">=1.19-0", "v1.31.0-eks+x", true),
        ("^1.2.x", "1.9.0", true),
        ("^0.2", "0.3.0", false),
        ("~1.2", "1.3.0", false),
        ("~1", "1.3.0", true),
        ("1.x.x", "2.0.0", false),
        ("*", "3.0.0", true),
        (">1.2", "1.2.9", false),
        ("< 2 || 4.x", "4.1.0", true),
        (">= 1.0, <2.0.0", "2.0.0", false),
        ("1.2 - 1.4", "1.4.5", true),
        ("!=1.2", "1.2.3", false),
    ] {
        let template = format!("{{{{ semverCompare {range:?} {version:?} }}}}");
        assert_eq!(one(&template, ""), expected.to_string(), "{range} {version}");
    }
}

#[test]
fn yaml_as_goyaml_writes_it() {
    let values = r#"m: {b: [1, 1.5, [x]], a: {}, "n": "y", q: "a: b", w: ' x', l: "a\nb\n", z: "1.20", x10: 1, x9: 2, e: "", t: "x\ty"}"#;
    let expected = "a: {}\nb:\n- 1\n- 1.5\n- - x\ne: \"\"\nl: |\n  a\n  b\n\"n\": \"y\"\nq: 'a: b'\nt: \"x\\ty\"\nw: ' x'\nx9: 2\nx10: 1\nz: \"1.20\"";
    assert_eq!(one("{{ toYaml .Values.m }}", values), expected);
}

#[test]
fn files_of_a_chart() {
    let template = r#"{{ .Files.Get "f/a.txt" }}|{{ range $path, $_ := .Files.Glob "f/*.txt" }}{{ base $path }};{{ end }}|{{ (.Files.Glob "f/b*").AsConfig }}"#;
    let files =
        [("Chart.yaml", "name: c"), ("f/a.txt", "A"), ("f/b.txt", "B"), ("templates/x.yaml", template)];
    assert_eq!(rendered(&files, ""), "A|a.txt;b.txt;|b.txt: B");
}

#[test]
fn rendering_ends() {
    for template in [
        r#"{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}"#,
        r#"{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}"#,
        r#"{{ $_ := set .Values "t" "{{ tpl .Values.t . }}" }}{{ tpl .Values.t . }}"#,
        r"{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}",
        r"{{ range 1000000000 }}{{ end }}",
        r#"{{ $s := "xxxxxxxxxx" }}{{ range until 100 }}{{ $s = print $s $s }}{{ end }}"#,
        r#"{{ repeat 1000000000 "x" }}"#,
        r#"{{ $s := repeat 1000000 "x" }}{{ replace "x" $s $s }}"#,
        r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toYaml (deepCopy $d) | len | lt 1000 | ternary "" (fail "x") }}{{ toJson $d }}"#,
        r"{{ untilStep 0 1000000000 1 }}",
        r#"{{ define "a" }}{{ include "b" . }}{{ include "b" . }}{{ end }}{{ define "b" }}{{ include "c" . }}{{ include "c" . }}{{ end }}{{ define "c" }}{{ range until 9999 }}{{ end }}{{ include "a" . }}{{ end }}{{ include "a" . }}"#,
    ] {
        let text = one(template, "");
        assert!(text.starts_with("c/templates/t.yaml: "), "{template}: {}", &text[..text.len().min(200)]);
    }
    let deep = r#"{{ $d := dict }}{{ range until 90000 }}{{ $d = dict "d" $d "l" (list) }}{{ end }}done"#;
    assert_eq!(one(deep, ""), "done");
    let itself =
        r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d | toString | len | lt 100 }}{{ toYaml $d }}"#;
    assert_eq!(one(itself, ""), "true");
}

#[test]
fn no_text_makes_it_panic() {
    for text in [
        "{{",
        "{{define",
        "{{define \"a\"",
        "{{end}}",
        "{{else}}",
        "{{ if 1 }}{{ else",
        "{{template}}",
        "{{block}}",
        "{{ . | }}",
        "{{ (",
        "{{ \"",
        "{{ `",
        "{{/*",
        "{{ $ }}",
        "{{ $x }}",
        "{{ .a.b.c | x.y }}",
        "{{ nil }}",
        "{{ range $a, $b, $c := . }}",
        "{{- -}}",
        "{{ 1.2.3 }}",
        "{{ 'a",
        "{{ break }}",
        "{{define \"x\"}}",
        "{{ ).a }}",
    ] {
        one(text, "");
        for end in 0..text.len() {
            one(&text[..end], "");
        }
    }
}

#[test]
fn what_is_no_chart() {
    for (files, expected) in [
        (vec![], "there is no Chart.yaml"),
        (vec![("Chart.yaml", "version: 1")], "Chart.yaml: there is no name"),
        (vec![("Chart.yaml", "name: c"), ("values.yaml", "[a]")], "values.yaml: is no mapping"),
        (vec![("Chart.yaml", "name: c"), ("charts/s/x", "")], "charts/s: there is no Chart.yaml"),
    ] {
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.into())).collect();
        assert_eq!(Chart::read(&files).expect_err("no chart"), expected);
    }
    assert_eq!(value("").expect("nothing"), Value::Nil);
    assert!(value("a: *b").is_err());
    assert_eq!(
        one("{{ .Values.b.x }}{{ .Values.b.z }}", "{a: &a {x: 1.5, z: old}, b: {<<: *a, z: new}}"),
        "1.5new"
    );
}
