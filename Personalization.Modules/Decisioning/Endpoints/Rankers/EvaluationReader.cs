using System.Text.Json;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Pipeline.Rankers;

namespace Personalization.Decisioning.Endpoints.Rankers;

/// <summary>
/// Reads <c>{placement, ranker, from, to, maxAnswers, draws, maxWeight}</c>. The ranker is <c>"current"</c> (as it is now, without chance), <c>"plan"</c> (the order of
/// the parts), or <c>{"weights": {feature: number}}</c>. Every fault is named at once.
/// </summary>
internal sealed class EvaluationReader(WaitingDecisions rankers, CandidatePlan plan, QuestionErrors errors)
{
    private const int DefaultAnswers = 2_000;
    private const int MostAnswers = 20_000;
    private const int DefaultDraws = 50;
    private const double DefaultWeight = 50;

    public EvaluationQuestion? Read(JsonElement body, DateTimeOffset now)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors.Add("body", "must be a JSON object");
            return null;
        }

        var placement = body.TryGetProperty("placement", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        if (placement is null)
        {
            errors.Add("placement", "must be a string");
        }

        var target = ReadTarget(body, placement ?? "");
        var (from, to) = (ReadTime(body, "from", DateTimeOffset.UnixEpoch), ReadTime(body, "to", now.AddDays(1)));
        if (from >= to)
        {
            errors.Add("from", "must be before 'to'");
        }

        var most = (int)ReadNumber(body, "maxAnswers", DefaultAnswers, 1, MostAnswers);
        var draws = (int)ReadNumber(body, "draws", DefaultDraws, 1, 1_000);
        var weight = ReadNumber(body, "maxWeight", DefaultWeight, 1, 1e6);
        return errors.IsEmpty && target is not null
            ? new EvaluationQuestion(placement!, target, from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds(), most, draws, weight)
            : null;
    }

    private RankerPolicy? ReadTarget(JsonElement body, string placement)
    {
        if (!body.TryGetProperty("ranker", out var ranker))
        {
            errors.Add("ranker", "is required: \"current\", \"plan\" or {\"weights\": {…}}");
            return null;
        }

        if (ranker.ValueKind == JsonValueKind.String && ranker.GetString() is "plan")
        {
            return new RankerPolicy.AsProposed();
        }

        if (ranker.ValueKind == JsonValueKind.String && ranker.GetString() is "current")
        {
            // A placement without a ranker is refused by whoever asked for this to be read.
            return rankers.Of(placement) is { } now ? new RankerPolicy.Sampled(now, 0) : new RankerPolicy.AsProposed();
        }

        if (ranker.ValueKind == JsonValueKind.Object && ranker.TryGetProperty("weights", out var weights) && weights.ValueKind == JsonValueKind.Object)
        {
            return ReadWeights(weights);
        }

        errors.Add("ranker", "must be \"current\", \"plan\" or {\"weights\": {…}}");
        return null;
    }

    private RankerPolicy.Weighted ReadWeights(JsonElement weights)
    {
        var names = FeatureTable.NamesOf([.. plan.Parts.Select(part => part.Code)]);
        var read = new float[FeatureTable.Width];
        foreach (var weight in weights.EnumerateObject())
        {
            var place = Array.IndexOf(names, weight.Name);
            if (place < 0)
            {
                errors.Add($"ranker.weights.{weight.Name}", "is no feature; GET /v1/rankers lists them");
            }
            else if (weight.Value.ValueKind != JsonValueKind.Number || !weight.Value.TryGetSingle(out read[place]) || !float.IsFinite(read[place]))
            {
                errors.Add($"ranker.weights.{weight.Name}", "must be a number");
            }
        }

        return new RankerPolicy.Weighted(read);
    }

    private DateTimeOffset ReadTime(JsonElement body, string name, DateTimeOffset otherwise)
    {
        if (!body.TryGetProperty(name, out var value))
        {
            return otherwise;
        }

        if (value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var time))
        {
            return time;
        }

        errors.Add(name, "must be a time in ISO 8601");
        return otherwise;
    }

    private double ReadNumber(JsonElement body, string name, double otherwise, double least, double most)
    {
        if (!body.TryGetProperty(name, out var value))
        {
            return otherwise;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most)
        {
            return number;
        }

        errors.Add(name, $"must be a number from {least} to {most}");
        return otherwise;
    }
}
