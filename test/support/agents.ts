/** Eight agents of four types; the members of a type share their bind sources. */
export const agents = `
  templates:
    agent:
      image: claude-hooks:dev
      user: "1000:1000"
      restart: unless-stopped
      env: { AGENT: "{name}" }
      mounts:
        - { volume: "{fleet}-{name}-state", target: /state }
        - { volume: "{fleet}-{name}-home", target: /home/claude }
        - bind: "./agent-env/{type}"
          target: /home/claude/.config/claude-code
          ownership: { uid: 1000, gid: 1000, mode: "0755" }
        - bind: "./agent-env/{type}/projects"
          target: /home/claude/.config/claude-code/projects
          ownership: { uid: 1000, gid: 1000, mode: "0755" }
        - bind: "./agent-env/{type}/session-env"
          target: /home/claude/.config/claude-code/session-env
          ownership: { uid: 1000, gid: 1000, mode: "0755" }
  instances:
    - { name: boss-default, template: agent, vars: { type: boss } }
    - { name: boss-2, template: agent, vars: { type: boss } }
    - { name: dev-default, template: agent, vars: { type: dev } }
    - { name: dev-2, template: agent, vars: { type: dev } }
    - { name: reviewer-default, template: agent, vars: { type: reviewer } }
    - { name: reviewer-2, template: agent, vars: { type: reviewer } }
    - { name: designer-default, template: agent, vars: { type: designer } }
    - { name: design-reviewer-default, template: agent, vars: { type: designer } }
`;
