//! Charts: what kubepin renders is what `helm template` renders, text by text.
//!
//! Where there is no helm the comparison says so and passes: the tests of the renderer hold what it made.

use std::collections::BTreeMap;
use std::process::Command;

use kubepin::helm::{Chart, render, value};

use crate::sandbox::Sandbox;

/// A chart that has something of everything, by path below its folder.
const CHART: [(&str, &str); 7] = [
    (
        "Chart.yaml",
        "{apiVersion: v2, name: top, version: 1.2.3, appVersion: 1.10, dependencies: [{name: sub, version: 1.x.x, alias: side, condition: side.enabled}]}",
    ),
    (
        "values.yaml",
        "{image: {repository: nginx, tag: ''}, count: 1000000, ratio: 0.5, 'on': yes, text: \"a\\nb: c\\n\", args: [x, {k9: 1, k10: \"y\"}], t: '{{ .Release.Name }}', side: {tag: outer}, global: {registry: r.io}}",
    ),
    (
        "templates/_helpers.tpl",
        r#"{{- define "labels" }}
chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}"#,
    ),
    (
        "templates/all.yaml",
        r#"kind: ConfigMap
metadata:
  labels: {{- include "labels" . | nindent 4 }}
data:
  image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
  values: {{- toYaml .Values | nindent 4 }}
  json: {{ toJson .Values | quote }}
  printed: {{ printf "%v|%s|%d" .Values.count .Values.text (int .Values.count) | quote }}
  tpl: {{ tpl .Values.t . }}
  {{- if and (semverCompare ">=1.19-0" .Capabilities.KubeVersion.Version) (.Capabilities.APIVersions.Has "apps/v1") }}
  new: "yes"
  {{- end }}
  {{- range $at, $arg := .Values.args }}
  arg{{ $at }}: {{ $arg | toString | quote }}
  {{- end }}
  {{- with (.Values.missing).deep }}never: true{{ end }}
  functions: {{ list (add 1 2) (ternary "a" "b" true) (regexReplaceAll "b+" "abbc" "-") ("x-y" | title) | join "," }}
"#,
    ),
    ("charts/sub/Chart.yaml", "{apiVersion: v2, name: sub, version: 1.0.0}"),
    ("charts/sub/values.yaml", "{tag: inner, enabled: true, other: 1}"),
    (
        "charts/sub/templates/x.yaml",
        r#"kind: ConfigMap
data: {image: "{{ .Values.global.registry }}/{{ .Chart.Name }}:{{ .Values.tag }}", other: "{{ .Values.other }}"}
"#,
    ),
];

#[test]
fn charts_are_rendered_as_helm_does() {
    let Ok(version) = Command::new("helm").args(["version", "--short"]).output() else {
        println!("skipped: there is no helm on the PATH to compare with");
        return;
    };
    // Helm 4 takes a default of a listed chart away where Helm 3 keeps it.
    let null = if version.stdout.starts_with(b"v3") { "side: {other: null}, " } else { "" };
    let sandbox = Sandbox::empty();
    let files = CHART.map(|(path, text)| {
        sandbox.write(&format!("chart/{path}"), text);
        (path.to_owned(), text.into())
    });
    let chart = Chart::read(&BTreeMap::from(files)).expect("a chart");
    for values in [
        "{}",
        &format!("{{image: {{tag: '2'}}, {null}global: {{registry: q.io, more: 1}}}}"),
        "{side: {enabled: false}, count: 3}",
    ] {
        let ours = render(&chart, &value(values).expect("values")).into_iter();
        let ours: BTreeMap<String, String> =
            ours.map(|(path, text)| (path, text.expect("a text").trim().to_owned())).collect();
        sandbox.write("values.yaml", values);
        let mut helm = Command::new("helm");
        helm.args(["template", "release-name", "chart", "--kube-version", "1.31.0", "-f", "values.yaml"]);
        let ran = helm.current_dir(sandbox.path()).output().expect("helm runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let output = String::from_utf8(ran.stdout).expect("UTF-8");
        let documents = output.split("---\n# Source: ").filter_map(|document| document.split_once('\n'));
        let theirs: BTreeMap<String, String> =
            documents.map(|(path, text)| (path.to_owned(), text.trim().to_owned())).collect();
        assert_eq!(ours, theirs, "{values}");
    }
}
