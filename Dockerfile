FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY main.go ./
COPY generator ./generator
COPY internal ./internal
ARG VERSION=""
RUN CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /mmjsonl .

# Not scratch: the hooks by which runners start containers in Kubernetes need a shell, tail, tar, find and a few more.
FROM busybox:1.37-musl
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY LICENSE THIRD_PARTY_LICENSES /usr/share/licenses/mmjsonl/
COPY --from=build /mmjsonl /usr/local/bin/mmjsonl
# No USER: GitHub's runner wants root, and the program gives its files to the workspace's owner.
ENTRYPOINT ["/usr/local/bin/mmjsonl"]
