{{- define "init" }}
- name: init
  image: alpine:3.19
{{- end }}
