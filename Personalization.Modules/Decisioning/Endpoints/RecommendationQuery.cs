using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Endpoints;

/// <summary>
/// Reads a question from a query string without building a dictionary. Lists are split at commas before they are decoded, so an
/// id with a comma is sent as <c>%2C</c>; a repeated list parameter adds to the list. Context comes as <c>context.device.type=mobile</c>.
/// </summary>
internal static class RecommendationQuery
{
    private const string ContextPrefix = "context.";

    public static RecommendationRequest? Parse(string placement, string? queryString, QuestionErrors errors)
    {
        string? userId = null;
        string? anonymousId = null;
        List<string>? items = null;
        List<string>? exclude = null;
        int? limit = null;
        bool? allowCurrentItem = null;
        List<KeyValuePair<string, string>>? context = null;
        var (explain, isFresh) = (false, false);
        foreach (var pair in new QueryStringEnumerable(queryString))
        {
            switch (pair.DecodeName().Span)
            {
                case "userId":
                    userId = Text(pair);
                    break;
                case "anonymousId":
                    anonymousId = Text(pair);
                    break;
                case "items":
                    Split(pair.EncodedValue, items ??= []);
                    break;
                case "exclude":
                    Split(pair.EncodedValue, exclude ??= []);
                    break;
                case "limit":
                    limit = errors.Limit(
                        int.TryParse(pair.EncodedValue.Span, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null);
                    break;
                case "explain":
                    explain = bool.TryParse(pair.EncodedValue.Span, out var isWanted) ? isWanted : errors.NotBoolean("explain") ?? false;
                    break;
                case "fresh":
                    isFresh = bool.TryParse(pair.EncodedValue.Span, out var mustWait) ? mustWait : errors.NotBoolean("fresh") ?? false;
                    break;
                case "allowCurrentItem":
                    allowCurrentItem = bool.TryParse(pair.EncodedValue.Span, out var isAllowed) ? isAllowed : errors.NotBoolean("allowCurrentItem");
                    break;
                case var name when name.StartsWith(ContextPrefix) && !(context?.Count > RequestContext.MaxKeys):
                    (context ??= []).Add(KeyValuePair.Create(name[ContextPrefix.Length..].ToString(), Text(pair) ?? ""));
                    break;
            }
        }

        errors.Check(userId, anonymousId, items, exclude);
        var said = context is null ? null : ContextOf(context, errors);
        return errors.IsEmpty
            ? new RecommendationRequest
            {
                Placement = placement,
                UserId = userId,
                AnonymousId = anonymousId,
                Items = items,
                Exclude = exclude,
                Limit = limit,
                AllowCurrentItem = allowCurrentItem,
                Context = said,
                Explain = explain,
                Fresh = isFresh,
            }
            : null;
    }

    private static RequestContext? ContextOf(List<KeyValuePair<string, string>> pairs, QuestionErrors errors)
    {
        var context = RequestContext.From(pairs, out var fault);
        if (fault is not null)
        {
            errors.Add("context", fault);
        }

        return context;
    }

    private static string? Text(QueryStringEnumerable.EncodedNameValuePair pair) =>
        pair.EncodedValue.IsEmpty ? null : pair.DecodeValue().ToString();

    private static void Split(ReadOnlyMemory<char> encoded, List<string> values)
    {
        foreach (var range in encoded.Span.Split(','))
        {
            var piece = encoded.Span[range];
            if (piece.IsEmpty || values.Count > QuestionErrors.MaxList)
            {
                continue;
            }

            values.Add(piece.ContainsAny('%', '+') ? Uri.UnescapeDataString(piece.ToString().Replace('+', ' ')) : piece.ToString());
        }
    }
}
