package capture

import "context"

type Mixture struct{}

func (m Mixture) check() error { return nil }

func (r *Result) latent(ctx context.Context, h *histories, s Spec) error { return nil }
