# Every target sets up what it needs. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

py := .venv/bin
pytest := $(py)/python -m pytest

##@ Try it
.PHONY: demo demo-down
demo: venv ## One TrussModel, applied, ready, answering an OpenAI client, on a cluster (KUBECONFIG's, else a new kind one)
	@hack/demo/demo.sh
demo-down: ## Removes what `make demo` made
	@hack/demo/down.sh

##@ Test it
.PHONY: test lint unit integration chart e2e
test: ## All of it, with all that it needs: lint, unit, integration, chart, e2e
	@hack/test.sh
lint: venv ## Style, types, import contracts, scripts, generated files
	@hack/lint.sh
unit: venv ## Pure code and the runtime on loopback
	@AGAIN=1 COVERAGE_NAME=unit hack/pytest.sh --numprocesses 2 --dist loadfile --no-loadscope-reorder tests/unit
integration: venv ## The operator against a real kube-apiserver and etcd
	@source hack/cluster/assets.sh && source hack/tools/path.sh kstatus helm etcdutl && GITOPS_CRDS=$$(hack/tools/gitops-crds.sh) && export GITOPS_CRDS && AGAIN=1 COVERAGE_NAME=integration hack/pytest.sh --numprocesses 4 --dist loadfile tests/integration
chart: venv ## The Helm chart, linted and rendered
	@source hack/tools/path.sh helm kubectl operator-verify promtool && hack/pytest.sh --numprocesses 2 --dist loadfile tests/chart
e2e: venv ## The whole of it on a real cluster (KUBECONFIG's, else a kind one)
	@hack/e2e.sh
.PHONY: soak
soak: venv ## Ten minutes of mixed load on the runtime: threads, files, slots and memory stay flat
	@SOAK_SECONDS=600 hack/pytest.sh tests/unit/runtime/test_soak.py
.PHONY: soak-requests
soak-requests: venv ## A model under load on a cluster while all happens to it, the operator gone for a minute
	@OPERATOR_ABSENT_SECONDS=60 hack/e2e.sh tests/e2e/test_no_request_lost.py
.PHONY: soak-operator
soak-operator: venv ## 10,000 steps of disorder around the operator, on a real kube-apiserver and etcd (SEED=N draws others)
	@source hack/cluster/assets.sh && DISORDER_STEPS=10000 DISORDER_SEED=$${SEED:-$$RANDOM} hack/pytest.sh tests/integration/test_disorder.py
.PHONY: soak-outage
soak-outage: venv ## The API server away for a minute, and its history with it, while the operator runs
	@source hack/cluster/assets.sh && OUTAGE_SECONDS=60 hack/pytest.sh tests/integration/test_outages.py
.PHONY: test-upgrade
test-upgrade: venv ## From the operator of an earlier commit to this one and back (`make test-upgrade REF=v0.1.0`)
	@hack/test-upgrade.sh "$(REF)"
.PHONY: bench
bench: venv ## The runtime next to bare Starlette: ratios of one run (`make bench WRITE=1`: into docs/performance.md)
	@hack/bench.sh $(if $(WRITE),--write)
.PHONY: bench-operator
bench-operator: venv ## The operator among 1,000 and 10,000 TrussModels on a real API server, pods played (takes half an hour; WRITE=1)
	@hack/bench-operator.sh $(if $(WRITE),--write)
.PHONY: bench-beside
bench-beside: venv ## The operator next to a Go controller of the field, KServe's, on a real API server (a quarter of an hour; WRITE=1)
	@hack/bench-beside.sh $(if $(WRITE),--write)

.PHONY: bench-cluster
bench-cluster: venv ## The operator on a cluster: facts to status, apply to Ready, updates under load (WRITE=1 likewise)
	@hack/bench-cluster.sh $(if $(WRITE),--write)

##@ Work on it
.PHONY: venv lock screenshots dashboards docs generate format images cluster cluster-down
venv: ## .venv with the pinned packages
	@hack/python/venv.sh
lock: ## Resolves requirements/*.txt anew (`make lock UPGRADE=1`: to the newest versions)
	@hack/python/lock.sh $(if $(UPGRADE),--upgrade)
screenshots: venv ## Draws docs/images/*.svg from what commands print on a cluster
	@hack/screenshots.sh
dashboards: venv ## Draws docs/images/dashboard-*.png with the Grafana in GRAFANA_HOME (a quarter of an hour; DATA=FOLDER keeps it to draw again)
	@hack/dashboards.sh $(if $(DATA),--data "$(DATA)")
docs: venv ## Builds the documentation into site/
	@hack/docs.sh
generate: venv ## Writes the generated files: CRD, chart copies, API reference
	@hack/generate.sh
format: venv ## Formats the Python code
	@$(py)/ruff check --quiet --fix --exit-zero . && $(py)/ruff format --quiet .
images: venv ## Builds the operator's, the runtime's and the examples' images
	@hack/images/build.sh
cluster: ## A kind cluster named trussmodel
	@hack/cluster/up.sh
cluster-down: ## Deletes that cluster
	@hack/cluster/down.sh

##@ Release it
.PHONY: dist reproduce sbom audit publish
dist: venv ## Builds the packages' sdists and wheels and the chart's package into dist/
	@hack/dist/packages.sh dist && hack/dist/chart.sh dist
reproduce: venv ## Builds the operator's and the runtime's images once more and compares their layers
	@hack/images/reproduce.sh
sbom: venv ## Writes the images' bills of materials (CycloneDX) into dist/sbom/
	@hack/images/sbom.sh dist/sbom
audit: venv ## Asks the package index for known vulnerabilities of all that is pinned
	@hack/audit.sh
publish: ## Pushes images and dist/'s chart to IMAGE_REPOSITORY and prints their digests
	@hack/dist/publish.sh dist

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z][a-z0-9-]*:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
