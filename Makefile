# `make help` lists what can be asked for. Everything works without make too:
# each target is one or two commands.

BENCHTIME ?= 1s
FUZZTIME  ?= 10s
COVERFILE ?= cover.out

.DEFAULT_GOAL := help
.PHONY: help build test race lint bench fuzz demo cover ci

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the binary, as ./flowd
	go build -o flowd ./cmd/flowd

test: ## every test
	go test ./...

race: ## every test, with the race detector
	go test -race ./...

lint: ## gofmt, go vet and golangci-lint, as in CI
	bash .ci/run format vet lint

bench: ## every benchmark, in one go (BENCHTIME=1s)
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) $$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -n1 dirname | sort -u)

fuzz: ## every fuzz target for a short time (FUZZTIME=10s each)
	FLOWD_FUZZTIME=$(FUZZTIME) bash .ci/run fuzz

demo: ## the main job against simulated systems, on this machine alone
	go run ./cmd/flowd demo

cover: ## which lines no test reaches, as ./cover.html
	go test -coverpkg ./... -coverprofile $(COVERFILE) ./...
	go tool cover -func $(COVERFILE) | tail -1
	go tool cover -html $(COVERFILE) -o cover.html

ci: ## all that CI does
	bash .ci/run
