module logical-clouds.io/lab/istio-1.30

go 1.25.0

require istio.io/istio v0.0.0-20260423205519-b01690e6db7d
