using System.Buffers;
using System.Text.Json;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Conditions.Reading;

/// <summary>What is wrong with one document, and how much of it has been read.</summary>
internal sealed class Faults(List<DefinitionFault> all)
{
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");
    private int _nodes;
    private int _count;

    /// <summary>Takes one condition or step into account. False when there are too many, which is told of once.</summary>
    public bool Count(string path)
    {
        _nodes++;
        if (_nodes == ConditionLimits.Nodes + 1)
        {
            Add(path, $"There are more than {ConditionLimits.Nodes} conditions and steps in all; use lists, 'in', or a segment within a segment.");
        }

        return _nodes <= ConditionLimits.Nodes;
    }

    public void Add(string path, string message)
    {
        _count++;
        if (_count <= ConditionLimits.Faults)
        {
            all.Add(new DefinitionFault(path, message));
        }
        else if (_count == ConditionLimits.Faults + 1)
        {
            all.Add(new DefinitionFault(path, "There are more faults than are told of at once."));
        }
    }

    public void AddWhen(bool isWrong, string path, string message)
    {
        if (isWrong)
        {
            Add(path, message);
        }
    }

    /// <summary>The text of a value; null, with a fault, when it is none: of another kind, or half a surrogate pair, which is no text.</summary>
    public string? Text(JsonElement value, string path, string what)
    {
        try
        {
            if (value.ValueKind == JsonValueKind.String)
            {
                return value.GetString();
            }

            Add(path, $"Must be {what}, as a text.");
        }
        catch (InvalidOperationException)
        {
            Add(path, "Must be a text of Unicode: half a surrogate pair is none.");
        }

        return null;
    }

    /// <summary>A name: a text that is not empty and not too long.</summary>
    public string? Name(JsonElement value, string path, string what)
    {
        if (Text(value, path, what) is not { } name)
        {
            return null;
        }

        if (name.Length > 0 && name.EnumerateRunes().Count() <= ConditionLimits.NameLength)
        {
            return name;
        }

        Add(path, $"Must be {what}, of 1 to {ConditionLimits.NameLength} characters.");
        return null;
    }

    /// <summary>The id of a definition.</summary>
    public string? Id(JsonElement value, string path, string what)
    {
        if (Text(value, path, what) is not { } id)
        {
            return null;
        }

        if (id.Length is > 0 and <= 64 && !id.AsSpan().ContainsAnyExcept(IdCharacters))
        {
            return id;
        }

        Add(path, $"Must be {what}: 1 to 64 of a-z, 0-9, '-' and '_'.");
        return null;
    }

    public long? Length(JsonElement value, string path)
    {
        if (Text(value, path, "a length of time such as \"30m\"") is not { } text)
        {
            return null;
        }

        if (Duration.TryParse(text, out var ms))
        {
            return ms;
        }

        Add(path, "Must be a length of time from \"1s\" to \"400d\": a whole number and one of s, m, h, d, w.");
        return null;
    }

    public double? Number(JsonElement value, string path, string what)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number))
        {
            return number;
        }

        Add(path, $"Must be {what}, as a number.");
        return null;
    }

    public int? Whole(JsonElement value, string path, int least, int most)
    {
        // 2.0 is a whole number to a schema, so it is one here.
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most && number == Math.Floor(number))
        {
            return (int)number;
        }

        Add(path, $"Must be a whole number from {least} to {most}.");
        return null;
    }
}
