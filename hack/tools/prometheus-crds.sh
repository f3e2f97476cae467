#!/usr/bin/env bash
# Prints a folder with CustomResourceDefinitions of the Prometheus Operator, out of its Go module: what the chart's ServiceMonitor,
# PodMonitor and PrometheusRule are held against.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/module-files.sh
module="github.com/prometheus-operator/prometheus-operator v0.85.0 h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s="
files=example/prometheus-operator-crd/monitoring.coreos.com
module_files prometheus-crds "the definitions of the Prometheus Operator from its Go module" \
    "$module ${files}_podmonitors.yaml" "$module ${files}_prometheusrules.yaml" "$module ${files}_servicemonitors.yaml"
