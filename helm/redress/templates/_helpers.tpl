{{- define "redress.fullname" -}}
{{- if contains "redress" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-redress" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "redress.image" -}}
{{ required "image.repository: where the image of deploy/Dockerfile is" .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* What finds the pods of a release; fixed for ever. Takes (dict "root" $ "service" NAME); without service: all of them. */}}
{{- define "redress.selector" -}}
app.kubernetes.io/name: redress
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .service }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "redress.labels" -}}
{{ include "redress.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "redress.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
# Makes volumes and secrets readable for that user.
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "redress.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Flags for Kafka. Takes (dict "root" $ "config" SECRET-REFERENCE). */}}
{{- define "redress.kafkaFlags" -}}
- --log=kafka
- --kafka={{ required "kafka.bootstrap: host:port,host:port of the brokers" .root.Values.kafka.bootstrap }}
- --id-secret-file=/etc/redress/id/secret
{{- if .config.name }}
- --config=/etc/redress/kafka/kafka.toml
{{- else }}
{{- range $name, $value := .root.Values.kafka.properties }}
- --kafka-property={{ $name }}={{ $value }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "redress.kafkaMounts" -}}
- {name: id-secret, mountPath: /etc/redress/id, readOnly: true}
{{- if .config.name }}
- {name: kafka-config, mountPath: /etc/redress/kafka, readOnly: true}
{{- end }}
{{- if .root.Values.kafka.tlsSecret }}
- {name: kafka-tls, mountPath: /etc/redress/kafka-tls, readOnly: true}
{{- end }}
{{- end -}}

{{- define "redress.kafkaVolumes" -}}
- name: id-secret
  secret:
    secretName: {{ required "secrets.id.name: the secret with the id secret" .root.Values.secrets.id.name }}
    defaultMode: 0440
    items: [{key: {{ .root.Values.secrets.id.key }}, path: secret}]
{{- if .config.name }}
- name: kafka-config
  secret:
    secretName: {{ .config.name }}
    defaultMode: 0440
    items: [{key: {{ .config.key }}, path: kafka.toml}]
{{- end }}
{{- if .root.Values.kafka.tlsSecret }}
- name: kafka-tls
  secret: {secretName: {{ .root.Values.kafka.tlsSecret }}, defaultMode: 0440}
{{- end }}
{{- end -}}

{{- define "redress.placement" -}}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* What the schema cannot say. */}}
{{- define "redress.check" -}}
{{- if and .Values.kafka.configSecret.name .Values.kafka.properties -}}
{{- fail "kafka.properties and kafka.configSecret: flags win over the file, so all properties go into the one or the other" -}}
{{- end -}}
{{- if and .Values.policy.text .Values.policy.configMap.name -}}
{{- fail "policy.text and policy.configMap: give one of them" -}}
{{- end -}}
{{- if and .Values.topics.configSecret.name (ne .Values.topics.create "job") -}}
{{- fail "topics.configSecret: it is for topics.create=job only" -}}
{{- end -}}
{{- end -}}
