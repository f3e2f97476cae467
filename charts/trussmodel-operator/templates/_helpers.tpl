{{/* Name of all that a release installs: the release's own when that says what it is, at most 63 characters. */}}
{{- define "trussmodel-operator.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* That name with something behind it, at most 63 characters: (list $ "view"). */}}
{{- define "trussmodel-operator.suffixed" -}}
{{- $suffix := index . 1 -}}
{{- $room := sub 62 (len $suffix) | int -}}
{{- printf "%s-%s" (include "trussmodel-operator.fullname" (index . 0) | trunc $room | trimSuffix "-") $suffix -}}
{{- end -}}

{{/* The labels that a selector may hold: they never change during a release's life. */}}
{{- define "trussmodel-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Labels of a component: (list $ "operator"). The chart's own win over commonLabels: selectors rest on them. */}}
{{- define "trussmodel-operator.componentLabels" -}}
{{- $root := index . 0 -}}
{{- $own := fromYaml (include "trussmodel-operator.selectorLabels" $root) -}}
{{- $_ := set $own "app.kubernetes.io/component" (index . 1) -}}
{{- $_ := set $own "app.kubernetes.io/version" $root.Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- toYaml (merge $own $root.Values.commonLabels) -}}
{{- end -}}

{{- define "trussmodel-operator.labels" -}}
{{- include "trussmodel-operator.componentLabels" (list . "operator") -}}
{{- end -}}

{{- define "trussmodel-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "trussmodel-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "trussmodel-operator.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* A namespace whose TrussModels are served: the release's own if it may be, else the first that is. */}}
{{- define "trussmodel-operator.servedNamespace" -}}
{{- $served := default (list .Release.Namespace) (.Values.watch).namespaces -}}
{{- ternary .Release.Namespace (first $served) (has .Release.Namespace $served) -}}
{{- end -}}

{{/* Selects the pods of every model: the operator labels what it makes. */}}
{{- define "trussmodel-operator.modelLabels" -}}
app.kubernetes.io/managed-by: trussmodel-operator
{{- end -}}
