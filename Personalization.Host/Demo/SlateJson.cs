using System.Text.Json;
using Personalization.Host.Demo.Shoppers;

namespace Personalization.Host.Demo;

/// <summary>Reads an answer of <c>/v1/recommendations/{placement}</c>.</summary>
internal static class SlateJson
{
    public static Slate Read(JsonElement answer) => new(
        answer.GetProperty("decisionId").GetString()!,
        answer.GetProperty("placement").GetString()!,
        [.. answer.GetProperty("items").EnumerateArray().Select(static item => new SlateItem(
            item.GetProperty("id").GetString()!,
            item.GetProperty("reason").GetString()!))]);
}
