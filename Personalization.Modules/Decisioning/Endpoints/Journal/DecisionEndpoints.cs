using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Pipeline.Journal;
using Personalization.Decisioning.Storage.Journal;
using Personalization.Features.Contracts;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Journal;

/// <summary><c>/v1/decisions/{id}</c>: how an answer came about, and the same decision once more. Server key required.</summary>
internal static class DecisionEndpoints
{
    private static readonly Problem Unknown = new("decisioning/unknown-decision", "No decision of this id is kept", StatusCodes.Status404NotFound);
    private static readonly Problem BadId = new("decisioning/bad-decision-id", "A decision is named by a UUID", StatusCodes.Status400BadRequest);
    private static readonly Problem CannotRepeat = new("decisioning/decision-not-repeatable", "The decision cannot be made once more", StatusCodes.Status409Conflict);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var decisions = endpoints.MapGroup("/v1/decisions").RequireServerKey().AuditsPlainly("id");
        decisions.MapGet("{id}", GetAsync).WithName("GetDecision");
        decisions.MapPost("{id}/replay", ReplayAsync).WithName("ReplayDecision");
    }

    /// <summary>200; 400; 404 when it was never written down, or is deleted or erased.</summary>
    internal static async Task<IResult> GetAsync(string id, DecisionJournal journal, DecisionStore store, ICatalog catalog, CandidatePlan plan, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var decisionId))
        {
            return BadId.ToResult();
        }

        await journal.FlushAsync(cancellationToken);
        return store.Find(decisionId) is { } decision ? TypedResults.Ok(Describe(decision, store, catalog, plan)) : Unknown.ToResult();
    }

    /// <summary>200 with what it came to, and whether that is what was answered; 400; 404; 409 when not enough of it is kept.</summary>
    internal static async Task<IResult> ReplayAsync(
        string id, DecisionJournal journal, DecisionStore store, ICatalog catalog, Personalizer personalizer, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var decisionId))
        {
            return BadId.ToResult();
        }

        await journal.FlushAsync(cancellationToken);
        if (store.Find(decisionId) is not { } decision)
        {
            return Unknown.ToResult();
        }

        var ranker = decision.Ranking is { } ranking ? store.Ranker(decision.Placement, ranking.Version) : null;
        if (decision.IsCut || (decision.Ranking is not null && ranker is null))
        {
            return CannotRepeat.ToResult(decision.IsCut ? "It was too large to be written down whole." : "What its ranker knew is no longer kept.");
        }

        var repeated = personalizer.Repeat(decision, ranker);
        return TypedResults.Ok(new
        {
            decisionId = decision.Id,
            isSame = repeated.IsSame,
            steps = repeated.Steps.Select(step => new { step = step.Step, repeated = step.IsRepeated, isSame = step.IsSame }),
            items = repeated.Items.Select(item => new { id = catalog.IdOf(item.Item), score = item.Score }),
        });
    }

    private static object Describe(DecisionRecord decision, DecisionStore store, ICatalog catalog, CandidatePlan plan)
    {
        var codes = plan.Parts.ToDictionary(part => part.Number, part => part.Code);
        return new
        {
            decisionId = decision.Id,
            decidedAt = DateTimeOffset.FromUnixTimeMilliseconds(decision.AtMs),
            placement = decision.Placement,
            kind = Snake(decision.Kind),
            limit = decision.Limit,
            budgetMs = decision.BudgetMs,
            tookMicroseconds = decision.Micros,
            modelVersion = decision.ModelVersion,
            profileId = decision.ProfileId < 0 ? null : (int?)decision.ProfileId,
            notPersonalizedReason = decision.NotPersonalized,
            fallbackReason = decision.Fallback,
            consent = new
            {
                profile = new { isAllowed = decision.Consent.Profile.IsAllowed, reason = Snake(decision.Consent.Profile.Reason) },
                personalise = new { isAllowed = decision.Consent.Personalise.IsAllowed, reason = Snake(decision.Consent.Personalise.Reason) },
            },
            session = decision.Session.Select(catalog.IdOf),
            parts = decision.Visits.Select(visit => new { part = visit.Code, state = Snake(visit.State), added = visit.Added, tookMicroseconds = visit.Micros }),
            faults = decision.Faults.Select(fault => new { step = fault.Step, state = Snake(fault.State) }),
            notes = decision.Notes.Select(note => new
            {
                step = note.Step,
                code = note.Code,
                subject = note.Subject,
                item = note.Item < 0 ? null : catalog.IdOf(note.Item),
                value = float.IsFinite(note.Value) ? note.Value : (float?)null,
            }),
            ranker = decision.Ranking is { } ranking ? new { version = ranking.Version, exploration = ranking.Exploration } : null,
            slates = decision.States.Select(state => new
            {
                after = state.Step ?? "proposed",
                items = state.Entries.Select(entry => new
                {
                    id = catalog.IdOf(entry.Item),
                    score = entry.Score,
                    reason = Snake(entry.Reason),
                    part = codes.GetValueOrDefault(entry.Part),
                    becauseOf = entry.BecauseOf < 0 ? null : catalog.IdOf(entry.BecauseOf),
                }),
            }),
            items = Answer(decision, store, catalog, plan),
            isCut = decision.IsCut,
        };
    }

    private static List<object> Answer(DecisionRecord decision, DecisionStore store, ICatalog catalog, CandidatePlan plan)
    {
        var outcomes = store.OutcomesOf(decision.Id).ToLookup(outcome => outcome.Item, outcome => Snake(outcome.Kind));
        var names = FeatureTable.NamesOf([.. plan.Parts.Select(part => part.Code)]);
        var propensities = Propensities(decision, store);
        var items = new List<object>();
        foreach (ref readonly var entry in decision.Answer)
        {
            var item = new Decisioning.Contracts.RecommendedItem(
                catalog.IdOf(entry.Item), entry.Score, entry.Reason, entry.BecauseOf < 0 ? null : catalog.IdOf(entry.BecauseOf));
            var row = entry.Row - 1;
            items.Add(new
            {
                id = item.Id,
                score = entry.Score,
                explanation = ReasonTexts.Of(item, catalog),
                features = row >= 0 && decision.Ranking is { } ranking && row < ranking.Features.Length ? Named(ranking.Features[row], names) : null,
                propensity = propensities is not null && row >= 0 && row < propensities.Length ? propensities[row] : (double?)null,
                outcomes = outcomes[entry.Item].Concat(outcomes[-1]).Distinct(StringComparer.Ordinal),
            });
        }

        return items;
    }

    /// <summary>How much each candidate was to be looked at under the ranker's own chance; null when no ranker decided.</summary>
    private static double[]? Propensities(DecisionRecord decision, DecisionStore store)
    {
        const int Draws = 100;
        if (decision.Ranking is not { } ranking || store.Ranker(decision.Placement, ranking.Version) is not { } ranker)
        {
            return null;
        }

        var policy = new RankerPolicy.Sampled(ranker, ranking.Exploration);
        var estimate = new OffPolicyEstimate(policy, place => ranker.Examination[Math.Min(place, ranker.Examination.Length - 1)], Draws, maxWeight: 1);
        return estimate.Exposures(policy, ranking.Features, decision.Answer.Length, decision.Id);
    }

    private static Dictionary<string, double> Named(byte[] features, string?[] names) =>
        names.Index().Where(name => name.Item is not null && features[name.Index] != 0).ToDictionary(name => name.Item!, name => Math.Round(features[name.Index] / 255.0, 3), StringComparer.Ordinal);

    private static string Snake<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
