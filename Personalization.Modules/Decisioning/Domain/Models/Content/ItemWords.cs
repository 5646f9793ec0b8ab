using System.Text.Json;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Models.Content;

/// <summary>
/// What the catalogue says of an item, as words: those of its name and of long texts as they are, category, brand and short attributes as one
/// word with their field's name. Numbers are left out: that two things weigh the same says nothing.
/// </summary>
internal static class ItemWords
{
    private const int MaxWords = 128;
    private const int LongestWord = 48;

    /// <summary>A value of more words than this is a text.</summary>
    private const int LongestValue = 3;

    /// <summary>The item's distinct words, in no order; at most 128.</summary>
    public static void Of(CatalogItem item, HashSet<string> words)
    {
        words.Clear();
        AddText(item.Name, words);
        AddValue("category", item.Category, words);
        AddValue("brand", item.Brand, words);
        if (item.Attributes is { } attributes)
        {
            using var json = JsonDocument.Parse(attributes);
            AddObject(json.RootElement, words);
        }
    }

    private static void AddObject(JsonElement attributes, HashSet<string> words)
    {
        if (attributes.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var attribute in attributes.EnumerateObject())
        {
            if (attribute.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var element in attribute.Value.EnumerateArray())
                {
                    AddElement(attribute.Name, element, words);
                }
            }
            else
            {
                AddElement(attribute.Name, attribute.Value, words);
            }
        }
    }

    private static void AddElement(string name, JsonElement value, HashSet<string> words)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                AddValue(name, value.GetString(), words);
                break;
            case JsonValueKind.True:
                AddValue(name, "true", words);
                break;
        }
    }

    private static void AddValue(string name, string? value, HashSet<string> words)
    {
        if (value is null)
        {
            return;
        }

        if (CountWords(value) > LongestValue)
        {
            AddText(value, words);
        }
        else
        {
            Add($"{name}={value.ToLowerInvariant()}", words);
        }
    }

    private static void AddText(string? text, HashSet<string> words)
    {
        for (var i = 0; text is not null && i < text.Length;)
        {
            var length = WordAt(text, i);
            if (length > 1)
            {
                Add(text.AsSpan(i, length).ToString().ToLowerInvariant(), words);
            }

            i += Math.Max(1, length);
        }
    }

    private static int CountWords(string text)
    {
        var count = 0;
        for (var i = 0; i < text.Length && count <= LongestValue;)
        {
            var length = WordAt(text, i);
            count += length > 0 ? 1 : 0;
            i += Math.Max(1, length);
        }

        return count;
    }

    private static int WordAt(string text, int start)
    {
        var end = start;
        while (end < text.Length && char.IsLetterOrDigit(text[end]))
        {
            end++;
        }

        return end - start;
    }

    private static void Add(string word, HashSet<string> words)
    {
        if (words.Count < MaxWords && word.Length <= LongestWord && !word.AsSpan().ContainsAnyInRange('0', '9') | word.Contains('=', StringComparison.Ordinal))
        {
            words.Add(word);
        }
    }
}
