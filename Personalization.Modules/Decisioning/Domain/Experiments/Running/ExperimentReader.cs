using System.Text.Json;
using System.Text.Json.Nodes;
using Personalization.Decisioning.Domain.Experiments.Analysis;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>Reads the definition of an experiment with placements. All faults are told at once; a mistyped name is one.</summary>
internal sealed class ExperimentReader(IConditions conditions, List<FlagFault> faults)
{
    public const int MaxArms = 20;
    public const string WhenPointer = "/" + WhenName;
    private const int MaxName = 64;
    private const string WhenName = "when";
    private static readonly string[] OfTheQuestion = ["control", "alpha", "tunedFor", "metrics"];

    public PlacementExperiment Read(string key, long version, JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new FlagFault("", "The definition must be an object."));
            body = JsonElement.Parse("{}"u8);
        }

        Only(body, "", ["placement", "arms", "coverage", "hashVersion", "seed", "namespace", "bucketVersion", "priority", WhenName, "bandit", .. OfTheQuestion]);
        var arms = ReadArms(body);
        var question = ReadQuestion(key, body, arms);
        return new PlacementExperiment
        {
            Key = key,
            Version = version,
            Placement = Text(body, "placement", ""),
            Arms = arms,
            Coverage = Number(body, "coverage", "", 0, 1) ?? 1,
            HashVersion = Whole(body, "hashVersion", "", 1, 2) ?? 2,
            Seed = Text(body, "seed", "") ?? key,
            Namespace = ReadNamespace(body),
            BucketVersion = Whole(body, "bucketVersion", "", 0, 1_000_000) ?? 0,
            Priority = Whole(body, "priority", "", -1_000_000, 1_000_000) ?? 0,
            When = ReadWhen(body),
            Bandit = ReadBandit(body, question),
            Question = question,
        };
    }

    private List<ExperimentArm> ReadArms(JsonElement body)
    {
        if (!body.TryGetProperty("arms", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is < 2 or > MaxArms)
        {
            faults.Add(new FlagFault("/arms", $"2 to {MaxArms} arms."));
            return [];
        }

        var arms = list.EnumerateArray().Select((arm, i) => ReadArm(arm, $"/arms/{i}")).ToList();
        if (arms.DistinctBy(arm => arm.Key, StringComparer.Ordinal).Count() < arms.Count)
        {
            faults.Add(new FlagFault("/arms", "Two arms have the same key."));
        }

        var sum = arms.Sum(arm => arm.Weight);
        if (sum <= 0)
        {
            faults.Add(new FlagFault("/arms", "Some arm must have a weight above 0."));
            return arms;
        }

        return [.. arms.Select(arm => arm with { Weight = arm.Weight / sum })];
    }

    private ExperimentArm ReadArm(JsonElement arm, string pointer)
    {
        if (arm.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new FlagFault(pointer, "An arm must be an object."));
            return new ExperimentArm("", 1, IsPassthrough: false, default, []);
        }

        Only(arm, pointer, ["key", "weight", "passthrough", "options", "withoutSteps"]);
        if (arm.TryGetProperty("options", out var options) && options.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new FlagFault($"{pointer}/options", "An object of the placement's options that the arm changes."));
        }

        return new ExperimentArm(
            Text(arm, "key", pointer) ?? Missing($"{pointer}/key", "A name for exposures and reports."),
            Number(arm, "weight", pointer, 0, 1e6) ?? 1,
            IsTrue(arm, "passthrough", pointer),
            options.ValueKind == JsonValueKind.Object ? options.Clone() : default,
            ReadSteps(arm, pointer));
    }

    private List<string> ReadSteps(JsonElement arm, string pointer)
    {
        if (!arm.TryGetProperty("withoutSteps", out var list))
        {
            return [];
        }

        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() <= MaxArms && list.EnumerateArray().All(step => step.ValueKind == JsonValueKind.String))
        {
            return [.. list.EnumerateArray().Select(step => step.GetString()!)];
        }

        faults.Add(new FlagFault($"{pointer}/withoutSteps", $"A list of at most {MaxArms} names of steps."));
        return [];
    }

    private ExperimentNamespace? ReadNamespace(JsonElement body)
    {
        if (!body.TryGetProperty("namespace", out var space))
        {
            return null;
        }

        if (space.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new FlagFault("/namespace", "An object of 'id', 'from' and 'until'."));
            return null;
        }

        Only(space, "/namespace", ["id", "from", "until"]);
        var id = Text(space, "id", "/namespace") ?? Missing("/namespace/id", "The namespace's name.");
        var (from, until) = (Number(space, "from", "/namespace", 0, 1) ?? 0, Number(space, "until", "/namespace", 0, 1) ?? 1);
        if (from >= until)
        {
            faults.Add(new FlagFault("/namespace/until", "It must lie behind 'from'."));
        }

        return new ExperimentNamespace(id, new BucketRange(from, until));
    }

    private IShopperCondition? ReadWhen(JsonElement body)
    {
        if (!body.TryGetProperty(WhenName, out var when))
        {
            return null;
        }

        var found = new List<ConditionFault>();
        var condition = conditions.Compile(when.Clone(), WhenPointer, found);
        faults.AddRange(found.Select(fault => new FlagFault(fault.Path, fault.Message)));
        return condition;
    }

    private ExperimentQuestion ReadQuestion(string key, JsonElement body, List<ExperimentArm> arms)
    {
        var asked = new JsonObject();
        foreach (var name in OfTheQuestion.Where(name => body.TryGetProperty(name, out _)))
        {
            asked[name] = JsonNode.Parse(body.GetProperty(name).GetRawText());
        }

        // An experiment without metrics would never be looked at: orders are what every shop has.
        asked["metrics"] ??= new JsonArray(new JsonObject { ["id"] = "conversion", ["event"] = "Order Completed" });
        var reader = new ExperimentQuestionReader();
        var question = reader.Read(key, JsonSerializer.SerializeToElement(asked), new Dictionary<string, double>(StringComparer.Ordinal));
        faults.AddRange(reader.Faults);
        if (reader.Faults.Count == 0 && arms.Count > 0 && arms.TrueForAll(arm => arm.Key != question.Control))
        {
            faults.Add(new FlagFault("/control", "No arm is called so."));
        }

        return question;
    }

    private BanditRule? ReadBandit(JsonElement body, ExperimentQuestion question)
    {
        if (!body.TryGetProperty("bandit", out var bandit))
        {
            return null;
        }

        if (bandit.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new FlagFault("/bandit", "An object of 'metric', 'minPeople' and 'floor'."));
            return null;
        }

        Only(bandit, "/bandit", ["metric", "minPeople", "floor"]);
        var metric = Text(bandit, "metric", "/bandit") ?? Missing("/bandit/metric", "The id of a metric.");
        if (metric.Length > 0 && !question.Metrics.Any(known => known.Id == metric && known is { Numerator.Kind: MetricKind.Conversion, Denominator: null, IsDecreaseBetter: false }))
        {
            faults.Add(new FlagFault("/bandit/metric", "It must be the id of a conversion that is to rise."));
        }

        return new BanditRule(metric, Whole(bandit, "minPeople", "/bandit", 1, 1_000_000) ?? 100, Number(bandit, "floor", "/bandit", 0, 0.05) ?? 0.02);
    }

    private string? Text(JsonElement owner, string name, string pointer)
    {
        if (!owner.TryGetProperty(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= MaxName } text)
        {
            return text;
        }

        faults.Add(new FlagFault($"{pointer}/{name}", $"A text of 1 to {MaxName} characters."));
        return "";
    }

    private double? Number(JsonElement owner, string name, string pointer, double least, double most)
    {
        if (!owner.TryGetProperty(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most)
        {
            return number;
        }

        faults.Add(new FlagFault($"{pointer}/{name}", FormattableString.Invariant($"A number from {least} to {most}.")));
        return null;
    }

    private int? Whole(JsonElement owner, string name, string pointer, int least, int most)
    {
        var number = Number(owner, name, pointer, least, most);
        if (number is { } read && read != Math.Floor(read))
        {
            faults.Add(new FlagFault($"{pointer}/{name}", "A whole number."));
        }

        return (int?)number;
    }

    private bool IsTrue(JsonElement owner, string name, string pointer)
    {
        if (owner.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            faults.Add(new FlagFault($"{pointer}/{name}", "true or false."));
        }

        return value.ValueKind == JsonValueKind.True;
    }

    private string Missing(string pointer, string what)
    {
        faults.Add(new FlagFault(pointer, what));
        return "";
    }

    private void Only(JsonElement owner, string pointer, IReadOnlyList<string> names) => faults.AddRange(owner.EnumerateObject()
        .Where(property => !names.Contains(property.Name, StringComparer.Ordinal))
        .Select(property => new FlagFault($"{pointer}/{property.Name}", "There is no such property.")));
}
