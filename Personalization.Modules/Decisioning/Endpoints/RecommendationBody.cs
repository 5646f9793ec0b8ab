using System.Buffers;
using System.Text;
using System.Text.Json;
using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Endpoints;

/// <summary>Reads a question from a JSON body. Unknown fields are passed over; ids may be strings or numbers.</summary>
internal static class RecommendationBody
{
    public static RecommendationRequest? Parse(string placement, in ReadOnlySequence<byte> body, QuestionErrors errors)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 16 });
            var request = Read(placement, ref reader, errors);
            if (reader.Read())
            {
                errors.Add("body", "must be one JSON object");
            }

            return errors.IsEmpty ? request : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how the reader reports strings that are not valid UTF-16.
            errors.Add("body", "must be a JSON object");
            return null;
        }
    }

    private static RecommendationRequest? Read(string placement, ref Utf8JsonReader reader, QuestionErrors errors)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            errors.Add("body", "must be a JSON object");
            return null;
        }

        var request = new RecommendationRequest { Placement = placement };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            request = ReadField(request, ref reader, errors);
        }

        errors.Check(request.UserId, request.AnonymousId, request.Items as List<string>, request.Exclude as List<string>);
        return request;
    }

    private static RecommendationRequest ReadField(RecommendationRequest request, ref Utf8JsonReader reader, QuestionErrors errors)
    {
        if (Is(ref reader, "userId"u8))
        {
            return request with { UserId = ReadId("userId", ref reader, errors) };
        }

        if (Is(ref reader, "anonymousId"u8))
        {
            return request with { AnonymousId = ReadId("anonymousId", ref reader, errors) };
        }

        if (Is(ref reader, "items"u8))
        {
            return request with { Items = ReadIds("items", ref reader, errors) };
        }

        if (Is(ref reader, "exclude"u8))
        {
            return request with { Exclude = ReadIds("exclude", ref reader, errors) };
        }

        if (Is(ref reader, "limit"u8))
        {
            return request with { Limit = ReadLimit(ref reader, errors) };
        }

        if (Is(ref reader, "explain"u8))
        {
            return request with { Explain = ReadBoolean("explain", ref reader, errors) ?? false };
        }

        if (Is(ref reader, "fresh"u8))
        {
            return request with { Fresh = ReadBoolean("fresh", ref reader, errors) ?? false };
        }

        if (Is(ref reader, "allowCurrentItem"u8))
        {
            return request with { AllowCurrentItem = ReadBoolean("allowCurrentItem", ref reader, errors) };
        }

        if (Is(ref reader, "context"u8))
        {
            return request with { Context = ReadContext(ref reader, errors) };
        }

        reader.Skip();
        return request;
    }

    private static RequestContext? ReadContext(ref Utf8JsonReader reader, QuestionErrors errors)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        var context = RequestContext.From(JsonElement.ParseValue(ref reader), out var fault);
        if (fault is not null)
        {
            errors.Add("context", fault);
        }

        return context;
    }

    /// <summary>Whether the property has this name; if so, moves on to its value.</summary>
    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        var isName = reader.ValueTextEquals(name);
        if (isName)
        {
            reader.Read();
        }

        return isName;
    }

    private static string? ReadId(string field, ref Utf8JsonReader reader, QuestionErrors errors)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                return reader.GetString();
            case JsonTokenType.Number:
                return reader.HasValueSequence ? Encoding.UTF8.GetString(reader.ValueSequence) : Encoding.UTF8.GetString(reader.ValueSpan);
            default:
                errors.Add(field, "must be a string");
                reader.Skip();
                return null;
        }
    }

    private static List<string>? ReadIds(string field, ref Utf8JsonReader reader, QuestionErrors errors)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            errors.Add(field, "must be an array of strings");
            reader.Skip();
            return null;
        }

        var ids = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (ReadId(field, ref reader, errors) is { } id && ids.Count <= QuestionErrors.MaxList)
            {
                ids.Add(id);
            }
        }

        return ids;
    }

    private static int? ReadLimit(ref Utf8JsonReader reader, QuestionErrors errors)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        var limit = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number : (int?)null;
        reader.Skip();
        return errors.Limit(limit);
    }

    private static bool? ReadBoolean(string field, ref Utf8JsonReader reader, QuestionErrors errors)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            default:
                reader.Skip();
                return errors.NotBoolean(field);
        }
    }
}
