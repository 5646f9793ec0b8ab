using System.Globalization;
using Microsoft.AspNetCore.Http;
using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Endpoints;

/// <summary>
/// Answers that browsers and CDNs may keep: asked by nobody in particular, made whole, with nothing of a shopper in them, no arm of an experiment and no offers, which are counted. The tag says which items stand in
/// which places, and why; each answer still has a decision of its own, and whoever keeps an answer keeps its decision id too.
/// </summary>
internal static class AnswerCaching
{
    public static bool Allows(Recommendations answer, in AnswerTerms terms) =>
        terms is { CacheSeconds: > 0, IsStale: false } && answer is { IsPersonalized: false, FallbackReason: null, IsKillSwitchOn: false, Experiment: null, Offers: null };

    /// <summary>Sets the headers, and tells whether the asker has the answer already.</summary>
    public static bool IsKnown(HttpResponse response, Recommendations answer, int seconds)
    {
        var tag = TagOf(answer);
        var headers = response.Headers;
        headers.ETag = tag;
        headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"public, max-age={seconds}");
        headers.Append("Vary", "Sec-GPC");
        foreach (var known in response.HttpContext.Request.Headers.IfNoneMatch)
        {
            foreach (var range in known.AsSpan().Split(','))
            {
                if (known.AsSpan(range).Trim() is var one && (one is "*" || one.SequenceEqual(tag)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static string TagOf(Recommendations answer)
    {
        // FNV-1a: the same in every process, so that instances behind one address agree.
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var item in answer.Items)
        {
            foreach (var character in item.Id)
            {
                hash = (hash ^ character) * 1_099_511_628_211UL;
            }

            hash = (hash ^ (0x1_0000UL + (byte)item.Reason)) * 1_099_511_628_211UL;
        }

        return string.Create(CultureInfo.InvariantCulture, $"W/\"{hash:x16}\"");
    }
}
