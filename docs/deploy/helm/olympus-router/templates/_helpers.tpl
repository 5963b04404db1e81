{{- define "olympus.name" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "olympus.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "olympus.labels" -}}
{{ include "olympus.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* What the pod needs goes over what the values say, so that probes, service and grace period fit. */ -}}
{{- define "olympus.config" -}}
{{- $supergraph := dict
      "listen" "0.0.0.0:4000"
      "shutdown_delay" (printf "%ds" (int .Values.shutdown.delaySeconds))
      "connection_shutdown_timeout" (printf "%ds" (int .Values.shutdown.drainSeconds)) -}}
{{- toYaml (mergeOverwrite (deepCopy .Values.config) (dict "supergraph" $supergraph)) -}}
{{- end -}}
