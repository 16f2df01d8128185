module bouncer.test/kubernetes-streams

go 1.26.0

require (
	k8s.io/apimachinery v0.32.13
	k8s.io/apiserver v0.32.13
	k8s.io/client-go v0.32.13
	k8s.io/component-base v0.32.13
	k8s.io/kubectl v0.32.13
	k8s.io/kubelet v0.32.13
)
