"""``authorization``: who may ask what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from router.config.overrides import imported_function
from router.config.problem import ConfigError, Problem
from router.config.values import Section
from router.guards.access import AccessOptions, WithheldShownIn
from router.guards.policies import Decide, MissingCasbinError, casbin_decision


class WithheldErrorsSection(Section):
    """``authorization.directives.errors``: who hears of what was withheld."""

    log: bool = True
    """The router's log names the fields."""
    response: Literal["errors", "extensions", "disabled"] = "errors"
    """Where the answer has it: among its errors, under ``extensions.authorizationErrors``, or nowhere."""


class AccessDirectivesSection(Section):
    """``authorization.directives``: ``@authenticated``, ``@requiresScopes`` and ``@policy``."""

    enabled: bool = True
    """Off, they are not looked at and everybody may read everything."""
    dry_run: bool = False
    """Everything is answered; errors and log tell what would be withheld."""
    reject_unauthorized: bool = False
    """An operation with anything to withhold is refused as a whole, instead of answered with nulls."""
    errors: WithheldErrorsSection = WithheldErrorsSection()


class CasbinSection(Section):
    """``authorization.policies.casbin``: needs the extra ``casbin``."""

    model: Path
    """Casbin's model; its request is ``r = sub, obj``."""
    policy: Path
    """Casbin's policy file; an object is a policy of the schema."""
    subject_claim: str = "sub"
    """Who asks; ``anonymous`` without a token.  Each role asks too."""


class PoliciesSection(Section):
    """``authorization.policies``: what decides about ``@policy``; nothing: none holds."""

    function: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")] | None = None
    """``module:function(policies, headers, claims)`` gives those that hold; may be a coroutine function."""
    casbin: CasbinSection | None = None

    @model_validator(mode="after")
    def _has_one(self) -> PoliciesSection:
        if self.function is not None and self.casbin is not None:
            raise ValueError("give function or casbin, not both")
        return self


class AuthorizationSection(Section):
    """``authorization``: who is let in, and what each may read."""

    require_authentication: bool = False
    """A request without a valid token is refused with 401."""
    scopes_claim: str = "scope"
    """The claim of a token with its scopes, a list or a text with spaces; dots lead into it."""
    roles_claim: str = "roles"
    """The claim with the roles, likewise."""
    roles_as_scopes: bool = False
    """A role counts as the scope of its name."""
    super_admin_role: str | None = None
    """Who has this role may read everything."""
    policies: PoliciesSection = PoliciesSection()
    directives: AccessDirectivesSection = AccessDirectivesSection()


def access_options(section: AuthorizationSection) -> AccessOptions:
    """The directives' treatment as the guards take it.  Raises: ConfigError."""
    directives = section.directives
    return AccessOptions(
        is_enabled=directives.enabled,
        is_dry_run=directives.dry_run,
        rejects=directives.reject_unauthorized,
        logs=directives.errors.log,
        shown_in=WithheldShownIn(directives.errors.response),
        scopes_claim=section.scopes_claim,
        roles_claim=section.roles_claim,
        counts_roles_as_scopes=section.roles_as_scopes,
        super_role=section.super_admin_role,
        decide=_decision(section),
    )


def _decision(section: AuthorizationSection) -> Decide | None:
    policies = section.policies
    if policies.function is not None:
        return imported_function(policies.function, "authorization.policies.function")
    casbin = policies.casbin
    if casbin is None:
        return None
    try:
        return casbin_decision(casbin.model, casbin.policy, casbin.subject_claim, section.roles_claim)
    except (MissingCasbinError, ValueError) as error:
        raise ConfigError(Problem(str(error), key="authorization.policies.casbin")) from None
