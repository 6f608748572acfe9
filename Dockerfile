# The command tradepay and nothing else. It starts the sandbox: docs/ci.md says how to use it.
#
#     docker build --tag tradepay .
#     docker build --tag tradepay:v1.2.3 --build-arg VERSION=v1.2.3 .    of a version that is checked out
FROM golang:1.26 AS build
ARG VERSION
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 GOWORK=off go build -buildvcs=false -trimpath \
    -ldflags="-s -w -X main.release=$VERSION" -o /out/tradepay ./cmd/tradepay && \
    mkdir /out/sandbox

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/tradepay /tradepay
COPY --from=build --chown=65532:65532 /out/sandbox /sandbox
ENV TMPDIR=/sandbox
USER 65532:65532
EXPOSE 8700
ENTRYPOINT ["/tradepay"]
CMD ["sandbox", "-address", "0.0.0.0:8700", "-reachable-from-network", "-dir", "/sandbox"]
