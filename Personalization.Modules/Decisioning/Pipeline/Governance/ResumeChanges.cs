using Microsoft.Extensions.Hosting;
using Personalization.Decisioning.Domain.Governance;

namespace Personalization.Decisioning.Pipeline.Governance;

/// <summary>Makes, before anybody can ask for anything, the changes that were signed off but not made when the process ended.</summary>
internal sealed class ResumeChanges(Approvals approvals) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => approvals.ResumeAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
