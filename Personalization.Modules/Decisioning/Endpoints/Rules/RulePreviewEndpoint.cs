using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Decisioning.Domain.Rules;
using Personalization.Decisioning.Endpoints.Documents;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Rules;

/// <summary>
/// <c>POST /v1/rules/preview</c>: a question as for <c>/v1/recommendations</c> with <c>placement</c>, and under <c>rules</c> an object of unsaved rules by
/// id. 200 with the answer with them and without, and what each rule did; 400, 404, 413, 422 with all faults. Nothing is counted or remembered.
/// </summary>
internal sealed class RulePreviewEndpoint(RuleBook book, IPersonalizer personalizer, DocumentEndpoints<Rule> documents)
{
    private const int MaxBodyBytes = 1 << 20;
    private const int MaxRules = 100;

    private static readonly Problem InvalidQuestion =
        new("decisioning/invalid-question", "Some fields of the question are invalid", StatusCodes.Status400BadRequest);

    private static readonly Problem UnknownPlacement =
        new("decisioning/unknown-placement", "There is no placement of this name", StatusCodes.Status404NotFound);

    public async Task<IResult> HandleAsync(HttpContext context)
    {
        var (body, refusal) = await documents.ReadAsync(context, MaxBodyBytes);
        if (body is not { } json)
        {
            return refusal!;
        }

        var faults = new List<DocumentFault>();
        var rules = RulesOf(json, faults);
        var placement = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("placement"u8, out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        if (placement is null)
        {
            faults.Add(new DocumentFault("/placement", "It must name a placement."));
        }

        if (faults.Count > 0)
        {
            return documents.Refuse(faults);
        }

        var errors = new QuestionErrors();
        if (RecommendationBody.Parse(placement!, new(JsonSerializer.SerializeToUtf8Bytes(json)), errors) is not { } request)
        {
            return InvalidQuestion.ToResult(string.Join("; ", errors.ByField.Select(pair => $"{pair.Key} {pair.Value}")));
        }

        return Answer(request, new DecisionTrial(book.Current), new DecisionTrial(book.With(rules)));
    }

    private IResult Answer(RecommendationRequest request, DecisionTrial before, DecisionTrial after)
    {
        var without = personalizer.Recommend(request with { Trial = before });
        var with = personalizer.Recommend(request with { Trial = after });
        return without is null || with is null
            ? UnknownPlacement.ToResult()
            : TypedResults.Ok(new RulePreviewAnswer(Describe(without, before), Describe(with, after)));
    }

    private static TrialAnswer Describe(Recommendations answer, DecisionTrial trial) => new(
        [.. answer.Items.Select(item => new TrialItem(item.Id, item.Score, JsonNamingPolicy.SnakeCaseLower.ConvertName(item.Reason.ToString())))],
        [.. trial.Effects.Select(effect => new TrialRule(
            effect.Planned.Rule.Id,
            effect.Planned.Rule.Version,
            JsonNamingPolicy.CamelCase.ConvertName(effect.Planned.Rule.Action.ToString()),
            JsonNamingPolicy.SnakeCaseLower.ConvertName(effect.Outcome.ToString()),
            effect.Items))],
        [.. trial.Offers.Select(candidate => new TrialOffer(
            candidate.Offer.Id, candidate.Offer.Version, JsonNamingPolicy.SnakeCaseLower.ConvertName(candidate.Outcome.ToString()), candidate.Score))],
        answer.IsPersonalized,
        answer.NotPersonalizedReason,
        answer.FallbackReason);

    private List<Rule> RulesOf(JsonElement json, List<DocumentFault> faults)
    {
        var rules = new List<Rule>();
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("rules"u8, out var listed) || listed.ValueKind != JsonValueKind.Object
            || listed.GetPropertyCount() > MaxRules)
        {
            faults.Add(new DocumentFault("/rules", $"It must be an object of at most {MaxRules} rules by id; an empty one to see what applies."));
            return rules;
        }

        // Of a name that comes twice the last one counts, as in any JSON.
        foreach (var each in listed.EnumerateObject().GroupBy(each => each.Name, StringComparer.Ordinal).Select(same => same.Last()))
        {
            var found = new List<DocumentFault>();
            if (book.Documents.Try(each.Name, 0, each.Value, found) is { } rule)
            {
                rules.Add(rule);
            }

            faults.AddRange(found.Select(fault => fault with { Pointer = $"/rules/{each.Name}{fault.Pointer}" }));
        }

        return rules;
    }
}

/// <summary>An answer twice.</summary>
/// <param name="Without">With the rules that are live.</param>
/// <param name="With">With the unsaved ones beside, or in place of, those of the same id.</param>
internal sealed record RulePreviewAnswer(TrialAnswer Without, TrialAnswer With);

/// <summary>An answer that nobody was shown.</summary>
/// <param name="Items">In order.</param>
/// <param name="Rules">All of the placement, in the order in which they apply.</param>
/// <param name="Offers">All live ones, when the placement shows offers; <c>shown</c> are those that the answer would have.</param>
/// <param name="IsPersonalized">As in an answer.</param>
/// <param name="NotPersonalizedReason">As in an answer.</param>
/// <param name="FallbackReason">As in an answer.</param>
internal sealed record TrialAnswer(
    IReadOnlyList<TrialItem> Items, IReadOnlyList<TrialRule> Rules, IReadOnlyList<TrialOffer> Offers, bool IsPersonalized, string? NotPersonalizedReason, string? FallbackReason);

/// <summary>One item of it.</summary>
internal sealed record TrialItem(string Id, float Score, string Reason);

/// <summary>What became of an offer: <c>shown</c>, <c>not_now</c>, <c>not_meant</c>, <c>capped</c> and so on.</summary>
internal sealed record TrialOffer(string Id, int Version, string Outcome, float Score);

/// <summary>What a rule did.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">0 for an unsaved one.</param>
/// <param name="Action">What it is.</param>
/// <param name="Outcome"><c>applied</c>, <c>not_now</c>, <c>not_meant</c>, <c>failed</c>.</param>
/// <param name="Items">Candidates that it kept out, moved, put in or scored anew.</param>
internal sealed record TrialRule(string Id, int Version, string Action, string Outcome, int Items);
