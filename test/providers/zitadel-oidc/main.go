// The example provider of zitadel/oidc, whose people and tokens are its own, with what it lacks: an address to come back to after a
// logout, and the roles in UserInfo as Zitadel has them.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

type client struct {
	op.Client
	afterLogout string
}

func (c client) PostLogoutRedirectURIs() []string { return []string{c.afterLogout} }

type store struct {
	*storage.Storage
	afterLogout string
}

func (s store) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	found, err := s.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return client{found, s.afterLogout}, nil
}

func (s store) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	info.AppendClaims("urn:zitadel:iam:org:project:roles", map[string]any{"staff": map[string]string{"1": "acme.example"}})
	return nil
}

func main() {
	issuer := "http://localhost:" + os.Getenv("PORT") + "/"
	storage.RegisterClients(storage.WebClient("bouncer", "secret", os.Getenv("REDIRECT_URI")))
	provider := store{storage.NewStorage(storage.NewUserStore(issuer)), os.Getenv("AFTER_LOGOUT")}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	router := exampleop.SetupServer(issuer, provider, logger, false)
	if err := http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), router); err != nil {
		logger.Error("ended", "error", err)
		os.Exit(1)
	}
}
