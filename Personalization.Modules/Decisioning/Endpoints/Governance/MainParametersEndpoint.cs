using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Rules;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Governance;

/// <summary>
/// <c>GET /v1/placements/{placement}/main-parameters</c>: what determines the ranking (DSA, Art. 27; Directive 2011/83, Art. 6a). Meant for shoppers, so
/// any page may ask, without a key.
/// </summary>
internal static class MainParametersEndpoint
{
    private const string Path = "/v1/placements/{placement}/main-parameters";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, Get).WithName("GetMainParameters").AllowCrossOrigin();
        endpoints.MapPreflight(Path);
    }

    /// <summary>200; 404 for an unknown placement.</summary>
    internal static IResult Get(
        string placement,
        Personalizer personalizer,
        CandidatePlan plan,
        RuleBook rules,
        DocumentBook<Offer> offers,
        PolicyRegistry policies,
        KillSwitches switches,
        TimeProvider time)
    {
        if (personalizer.Find(placement) is not { } found)
        {
            return GovernanceProblems.UnknownPlacement.ToResult();
        }

        var parameters = MainParameters.Of(found, plan, rules.Documents.Live, offers.Live, time.GetUtcNow().ToUnixTimeMilliseconds());
        var active = policies.Find(KillSwitches.PolicyOf(placement))?.Active;
        return TypedResults.Ok(new
        {
            parameters.Placement,
            parameters.Version,
            parameters.Model,
            parameters.Text,
            parameters.UsesProfile,
            parameters.Parameters,
            parameters.Rules,
            parameters.Options,
            answersBaseline = switches.Holds(placement),
            policy = active is null ? null : new { active.Id, active.Version, active.Policy.Purpose, active.Policy.LegalBasis },
        });
    }
}
