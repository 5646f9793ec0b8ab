using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Http;

namespace Personalization.Tracking.Endpoints.DeadLetters;

/// <summary>Everything about the letters; server key required.</summary>
internal static class DeadLetterEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var read = ActivatorUtilities.CreateInstance<ReadLettersEndpoint>(endpoints.ServiceProvider);
        var change = ActivatorUtilities.CreateInstance<ChangeLetterEndpoint>(endpoints.ServiceProvider);
        var bulk = ActivatorUtilities.CreateInstance<BulkLettersEndpoint>(endpoints.ServiceProvider);
        var letters = endpoints.MapGroup("/v1/dead-letters").RequireServerKey();
        letters.MapGet("", (Delegate)read.List).WithName("ListDeadLetters");
        letters.MapGet("/summary", (Delegate)read.Summarise).WithName("SummariseDeadLetters");
        letters.MapGet("/{id:long}", (Delegate)read.Get).WithName("GetDeadLetter");
        letters.MapPut("/{id:long}/body", (Delegate)change.PutBodyAsync).WithName("PutDeadLetterBody");
        letters.MapPatch("/{id:long}/body", (Delegate)change.PatchBodyAsync).WithName("PatchDeadLetterBody");
        letters.MapPost("/{id:long}/replay", (Delegate)change.ReplayAsync).WithName("ReplayDeadLetter");
        letters.MapDelete("/{id:long}", (Delegate)change.DiscardAsync).WithName("DiscardDeadLetter");
        letters.MapPost("/correct", (Delegate)bulk.CorrectAsync).WithName("CorrectDeadLetters");
        letters.MapPost("/replay", (Delegate)bulk.ReplayAsync).WithName("ReplayDeadLetters");
    }
}
